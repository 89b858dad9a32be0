#!/usr/bin/env python3
"""A network's answer to one image, mueca and ONNX Runtime in turns on this machine, as a Markdown table.

Both sides compute the same network: the checkpoint, and the ONNX file that `mueca export` makes of it. Each is a
process of its own, kept alive; both run short blocks A/B/A/B after a warm-up, and must agree about the logits. A ratio
below 1 means that mueca is faster. Wall time and the processor time of all threads, minimum and median of all passes.
Without ONNX Runtime it says so and exits 0.
"""
import argparse
import array
import importlib.util
import json
import math
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "data/weights/baseline_cnn_gap_fer2013.h5"
NETWORKS = ["shipped", "baseline_cnn", "se_cnn", "se_resnet", "mobilenet_v2_48", "mobilenet_v2_96"]
AGREEMENT = 1e-4  # of logits, absolute or relative to the largest


def serve(onnx_file, input_file, threads):
    """The peer's process: answers each line "N" on stdin as mueca_forward does."""
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(onnx_file, options, providers=["CPUExecutionProvider"])
    wanted = session.get_inputs()[0]
    x = numpy.fromfile(input_file, dtype=numpy.float32).reshape(1, *wanted.shape[1:])  # one channel: NCHW is NHWC
    for line in sys.stdin:
        wall, processor = [], []
        for _ in range(int(line)):
            before, before_processor = time.perf_counter(), time.process_time()
            logits = session.run(None, {wanted.name: x})[0]
            processor.append((time.process_time() - before_processor) * 1e3)
            wall.append((time.perf_counter() - before) * 1e3)
        print(json.dumps({"wall": wall, "processor": processor, "logits": logits.ravel().tolist()}), flush=True)


class Side:
    """One process that runs passes when asked."""

    def __init__(self, command, threads):
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment)
        self.wall, self.processor, self.logits = [], [], []

    def run(self, passes, keep=True):
        self.process.stdin.write(f"{passes}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"error: {self.process.args[0]} ended with code {self.process.wait()}")
        answer = json.loads(line)
        self.logits = answer["logits"]
        if keep:
            self.wall += answer["wall"]
            self.processor += answer["processor"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: {' '.join(map(str, command))}: {done.stderr.strip()}")


def prepare(network, args, folder):
    """The checkpoint, its ONNX file, and an image for both."""
    import onnxruntime

    checkpoint = SHIPPED if network == "shipped" else folder / f"{network}.h5"
    if network != "shipped":
        run(args.forward, "make", network, checkpoint)
    onnx = pathlib.Path(args.onnx_folder or folder) / f"{network}.onnx"
    if not onnx.exists():
        run(args.mueca, "export", "--checkpoint", checkpoint, "--onnx", "--out", onnx)
    shape = onnxruntime.InferenceSession(str(onnx), providers=["CPUExecutionProvider"]).get_inputs()[0].shape
    noise = random.Random(1)
    image = folder / f"{network}.f32"
    values = [noise.uniform(-1.5, 1.5) for _ in range(math.prod(shape[1:]))]
    image.write_bytes(array.array("f", values).tobytes())
    return checkpoint, onnx, image


def compare(network, threads, args, folder):
    checkpoint, onnx, image = prepare(network, args, folder)
    sides = (Side([args.forward, "run", str(checkpoint), str(image), "--threads", str(threads)], threads),
             Side([sys.executable, __file__, "--serve", str(onnx), str(image), str(threads)], threads))
    for side in sides:
        side.run(args.passes, keep=False)
    largest = max(abs(v) for v in sides[1].logits)
    apart = max(abs(a - b) for a, b in zip(*(side.logits for side in sides)))
    if len(sides[0].logits) != len(sides[1].logits) or not apart <= AGREEMENT * max(1, largest):
        sys.exit(f"error: {network}: the logits differ by {apart:.3g}")
    for _ in range(args.blocks):
        for side in sides:
            side.run(args.passes)
    for side in sides:
        side.close()
    return sides, apart


def row(network, threads, sides, apart):
    cells = [network, str(threads)]
    for kind in ("wall", "processor"):
        ours, peer = (getattr(side, kind) for side in sides)
        for of in (min, statistics.median):
            cells.append(f"{of(ours):.3f} / {of(peer):.3f} = **{of(ours) / of(peer):.2f}**")
    return cells + [f"{apart:.1e}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    build = ROOT / "build/release"
    parser.add_argument("--forward", default=str(build / "bench/mueca_forward"), help="mueca_forward's path")
    parser.add_argument("--mueca", default=str(build / "apps/mueca"), help="the tool's path")
    parser.add_argument("--onnx-folder", help="where NETWORK.onnx lies already, or is to stay")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, choices=NETWORKS)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--blocks", type=int, default=40, help="turns of each side")
    parser.add_argument("--passes", type=int, default=25, help="passes in a block")
    parser.add_argument("--serve", nargs=3, metavar=("ONNX", "INPUT", "THREADS"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return serve(args.serve[0], args.serve[1], int(args.serve[2]))
    if importlib.util.find_spec("onnxruntime") is None:
        return print("skipped: ONNX Runtime is not installed (pip install onnxruntime)")
    import onnxruntime

    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for network in args.networks:
            for threads in args.threads:
                rows.append(row(network, threads, *compare(network, threads, args, pathlib.Path(folder))))
                print(" | ".join(rows[-1]), file=sys.stderr)
    print(f"One image, {args.blocks} x {args.passes} passes of each side in turns, mueca / ONNX Runtime "
          f"{onnxruntime.__version__} in ms, float32.\n{cpu.group(1) if cpu else 'unknown CPU'}; load "
          f"{' '.join(pathlib.Path('/proc/loadavg').read_text().split()[:3])}.\n")
    header = ["network", "threads", "wall, minimum", "wall, median", "processor, minimum", "processor, median",
              "logits differ by"]
    print("| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
