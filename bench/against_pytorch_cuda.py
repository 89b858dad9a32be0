#!/usr/bin/env python3
"""Training steps and epochs of mueca and of PyTorch on a GPU, in turns, as a Markdown table.

Peers: eager, torch.compile (default, reduce-overhead, max-autotune-no-cudagraphs) and a step recorded as one CUDA
graph, each a process of its own with channels_last and the precision of ours: autocast to bfloat16, TF32, or neither.
All run blocks of steps A/B/C/A/B/C after a warm-up that compiles and tunes. A step is forward, loss, backward and AdamW
on a batch that lies on the GPU; an epoch is as many steps as FER2013's 28 709 images need, without an input pipeline on
either side. Ratios above 1: mueca is faster. Without a GPU, PyTorch or a mueca with CUDA it says so and exits 0.
"""
import argparse
import json
import math
import pathlib
import select
import statistics
import subprocess
import sys
import tempfile
import time

from against_pytorch import NETWORKS, find_pytorch

HERE = pathlib.Path(__file__).resolve().parent
IMAGES = 28709  # FER2013's Training
MODES = ["eager", "compile", "reduce-overhead", "max-autotune", "graph"]


class Lost(Exception):
    """A side that ended, or did not answer in time."""


class Side:
    """One process that runs steps when asked. Whatever goes wrong with it costs its own column alone."""

    def __init__(self, command):
        self.said = tempfile.TemporaryFile("w+")  # a pipe that nobody reads would fill and stop it
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said,
                                        text=True)
        self.ms, self.epochs, self.parameters, self.version = [], [], None, ""

    def run(self, steps, deadline):
        try:
            self.process.stdin.write(f"{steps}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Lost(self.complaint()) from None
        while not select.select([self.process.stdout], [], [], 1)[0]:
            if time.monotonic() > deadline:
                raise Lost("did not answer in time")
        line = self.process.stdout.readline()
        if not line:
            raise Lost(self.complaint())
        answer = json.loads(line)
        self.parameters, self.version = answer["parameters"], answer.get("version", "")
        return statistics.mean(answer["ms"])

    def complaint(self):
        code = self.process.wait(timeout=60)
        self.said.seek(0)
        lines = [line for line in self.said.read().splitlines() if line.strip()]
        return lines[-1][:200] if lines else f"ended with code {code}"

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def commands(network, args, python):
    common = [network, "--batch", str(args.batch), "--device", "cuda", "--precision", args.precision]
    sides = {"mueca": [args.step, *common, "--serve"]}
    for mode in args.modes:
        sides[mode] = [python, str(HERE / "pytorch_step.py"), *common, "--mode", mode]
    return sides


def compare(sides, args):
    """Runs all sides in turns; returns those that lasted and why the others did not."""
    lost, steps_per_epoch = {}, math.ceil(IMAGES / args.batch)

    def each(work):
        for name, side in list(sides.items()):
            if name in lost:
                continue
            try:
                work(side)
            except Lost as e:
                lost[name] = str(e)
                side.close()

    each(lambda side: side.run(args.warmup, time.monotonic() + args.patience))
    for _ in range(args.blocks):
        each(lambda side: side.ms.append(side.run(args.steps, time.monotonic() + args.patience)))
    for _ in range(args.epochs):
        each(lambda side: side.epochs.append(
            side.run(steps_per_epoch, time.monotonic() + args.patience) * steps_per_epoch / 1000))
    for side in sides.values():
        side.close()
    return {name: side for name, side in sides.items() if name not in lost}, lost


def spread(values):
    return (max(values) - min(values)) / statistics.median(values) * 100


def cells(network, kept, lost, modes):
    def at(name, digits=3):
        if name not in kept:
            return "-"
        return f"{statistics.median(kept[name].ms):.{digits}f} ({spread(kept[name].ms):.0f} %)"

    ours, peers = kept.get("mueca"), [m for m in modes if m in kept]
    row = [network, f"{ours.parameters:,}" if ours else "-", at("mueca"), *(at(m) for m in modes)]
    if ours and peers:
        best = min(peers, key=lambda m: statistics.median(kept[m].ms))
        own = statistics.median(ours.ms)
        row += [f"{statistics.median(kept[best].ms) / own:.2f} ({best})",
                f"{statistics.median(kept['eager'].ms) / own:.2f}" if "eager" in kept else "-"]
    else:
        row += ["-", "-"]
    row.append(f"{statistics.median(ours.epochs):.3f}" if ours and ours.epochs else "-")
    best_epochs = [statistics.median(kept[m].epochs) for m in peers if kept[m].epochs]
    row.append(f"{min(best_epochs):.3f}" if best_epochs else "-")
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--step", default=str(HERE.parent / "build/cuda/bench/mueca_step"), help="mueca_step's path")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, choices=NETWORKS)
    parser.add_argument("--modes", nargs="+", default=MODES, choices=MODES)
    parser.add_argument("--precision", choices=["float32", "tf32", "bf16"], default="bf16")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--blocks", type=int, default=7, help="turns of each side")
    parser.add_argument("--steps", type=int, default=50, help="steps in a block")
    parser.add_argument("--warmup", type=int, default=20, help="steps before anything counts")
    parser.add_argument("--epochs", type=int, default=1, help="epochs of each side")
    parser.add_argument("--patience", type=float, default=300, help="seconds that a side may take for an answer")
    args = parser.parse_args()
    python = find_pytorch()
    if python is None:
        print("skipped: PyTorch is not installed")
        return
    if subprocess.run([python, "-c", "import sys, torch; sys.exit(not torch.cuda.is_available())"],
                      capture_output=True).returncode != 0:
        print("skipped: PyTorch sees no GPU")
        return
    if not pathlib.Path(args.step).exists():
        print(f"skipped: {args.step} is not there; build it: cmake --build --preset cuda --target mueca_step")
        return
    rows, notes, version = [], [], ""
    for network in args.networks:
        kept, lost = compare({n: Side(c) for n, c in commands(network, args, python).items()}, args)
        counts = {side.parameters for side in kept.values()}
        if len(counts) > 1:
            sys.exit(f"error: {network}: the sides differ in parameters: {sorted(counts)}")
        version = next((side.version for side in kept.values() if side.version), version)
        rows.append(cells(network, kept, lost, args.modes))
        notes += [f"{network}, {name}: {why}" for name, why in lost.items()]
        print(f"{network}: done", file=sys.stderr)
    print(f"One training step (forward, cross-entropy, backward, AdamW) in ms, batch {args.batch}, {args.precision}, "
          f"median and spread of {args.blocks} blocks of {args.steps} steps of each side in turns; an epoch is "
          f"{math.ceil(IMAGES / args.batch)} steps. PyTorch {version}, channels_last.\n")
    header = ["network", "parameters", "mueca", *(f"PyTorch {m}" for m in args.modes), "ratio to the best",
              "ratio to eager", "epoch s mueca", "epoch s best peer"]
    print("| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    for note in notes:
        print(f"\nNot measured: {note}")


if __name__ == "__main__":
    main()
