#!/usr/bin/env python3
"""Training steps of mueca and of PyTorch on this machine, in turns, as a Markdown table.

Each side is a process of its own per network, kept alive; both run blocks of steps A/B/A/B after a warm-up. A ratio
above 1 means that mueca is faster, or smaller. PyTorch gets its best settings (see pytorch_step.py and PEER_SETTINGS).
Without PyTorch it says so and exits 0.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = ["baseline_cnn", "se_cnn", "se_resnet", "mobilenet_v2_48", "mobilenet_v2_96"]
# No mmap or trim per tensor, the widest instructions this CPU has; Debian's PyTorch starts with one thread otherwise.
PEER_SETTINGS = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592"}


def find_pytorch():
    """The first Python that can import torch, or None."""
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        if python and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    return None


def cpu():
    """Name of the processor and the widest vector instructions that ATen can use."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    name = next((line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")), "unknown")
    flags = next((line.split() for line in info.splitlines() if line.startswith("flags")), [])
    widest = "avx512" if "avx512bw" in flags else "avx2" if "avx2" in flags else "default"
    return name, widest


class Side:
    """One process that runs steps when asked."""

    def __init__(self, command, threads, extra):
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), **extra}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment)
        self.ms, self.last = [], {}

    def run(self, steps, keep=True):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"error: {self.process.args[0]} ended with code {self.process.wait()}")
        self.last = json.loads(answer)
        if keep:
            self.ms += self.last["ms"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(network, args, python, widest):
    common = [network, "--batch", str(args.batch), "--threads", str(args.threads)]
    common += ["--cpu-time"] if args.cpu_time else []
    ours = Side([args.step, *common, "--serve"], args.threads, {})
    peer = Side([python, str(HERE / "pytorch_step.py"), *common], args.threads,
                {**PEER_SETTINGS, "ATEN_CPU_CAPABILITY": widest})
    for side in (ours, peer):
        side.run(args.warmup, keep=False)
    if ours.last["parameters"] != peer.last["parameters"]:
        sys.exit(f"error: {network} has {ours.last['parameters']} parameters here, {peer.last['parameters']} in PyTorch")
    for _ in range(args.blocks):
        for side in (ours, peer):
            side.run(args.steps)
    for side in (ours, peer):
        side.close()
    return ours, peer


def row(network, ours, peer, batch):
    def peak(side):
        return side.last["peak_mib"]

    def step_memory(side):  # what the steps added to the process that had already loaded everything
        return side.last["peak_mib"] - side.last["idle_mib"]

    low, middle = min, statistics.median
    return [network, f"{ours.last['parameters']:,}", f"{low(ours.ms):.1f} / {middle(ours.ms):.1f}",
            f"{low(peer.ms):.1f} / {middle(peer.ms):.1f}", f"{low(peer.ms) / low(ours.ms):.2f}",
            f"{middle(peer.ms) / middle(ours.ms):.2f}", f"{batch * 1000 / middle(ours.ms):.0f}",
            f"{peak(ours):.0f} / {peak(peer):.0f}", f"{peak(ours) / peak(peer):.2f}",
            f"{step_memory(ours):.0f} / {step_memory(peer):.0f}", f"{step_memory(ours) / step_memory(peer):.2f}"]


HEADER = ["network", "parameters", "mueca ms min / median", "PyTorch ms min / median", "speed-up min",
          "speed-up median", "images/s", "peak RSS MiB mueca / PyTorch", "ratio", "of that the steps MiB", "ratio"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--step", default=str(HERE.parent / "build/release/bench/mueca_step"), help="mueca_step's path")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, choices=NETWORKS)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--blocks", type=int, default=5, help="turns of each side")
    parser.add_argument("--steps", type=int, default=4, help="steps in a block")
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--cpu-time", action="store_true",
                        help="count processor time instead of wall time; on a busy machine, with --threads 1")
    args = parser.parse_args()
    python = find_pytorch()
    if python is None:
        print("skipped: PyTorch is not installed (apt install python3-torch)")
        return
    if not pathlib.Path(args.step).exists():
        sys.exit(f"error: {args.step} is not there; build it: cmake --build --preset release --target mueca_step")
    name, widest = cpu()
    rows, version = [], ""
    for network in args.networks:
        ours, peer = compare(network, args, python, widest)
        version = peer.last["version"]
        rows.append(row(network, ours, peer, args.batch))
        print(f"{network}: done", file=sys.stderr)
    print(f"One training step (forward, cross-entropy, backward, AdamW), batch {args.batch}, {args.threads} threads, "
          f"{args.blocks} x {args.steps} steps of each side in turns, {'processor' if args.cpu_time else 'wall'} time.\n"
          f"{name}; PyTorch {version}, channels_last, {widest}, tuned malloc.\n")
    print("| " + " | ".join(HEADER) + " |\n|" + " --- |" * len(HEADER))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
