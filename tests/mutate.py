#!/usr/bin/env python3
"""Proves the tests by mutation: breaks the sources in one place at a time and demands that a test turns red.

  tests/mutate.py [--only TEXT] [--scratch DIR] [--jobs N]

Works on a copy of the tree (default build/mutation, kept for the next run), never on the tree itself. Prints a table and
exits with 1 if a mutant survives or no longer applies. About half a minute per mutant on two cores.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUITE, CORE = "suite_tests", "core_tests"
SECONDS = 600  # a mutant that runs longer has hung, which is red as well

OPS, CPU, CUDA, CASES = "core/ops/", "kernels/cpu/", "kernels/cuda/", "tests/cases/"

# (file, exact text that occurs once, its replacement, what it means[, the tests that must see it])
MUTANTS = [
    # The public ops
    (OPS + "convolution.cpp", "{rows / 2, columns / 2, rows - rows / 2, columns - columns / 2}",
     "{rows - rows / 2, columns - columns / 2, rows / 2, columns / 2}", "same padding on the wrong side"),
    (OPS + "convolution.cpp", "half - (height % 2 == 0)", "half - (height % 2 == 1)", "correct_pad for odd sizes"),
    (OPS + "loss.cpp", "1.0f, gx.view", "-3.0f, gx.view", "the backward of the losses times -3"),
    (OPS + "normalization.cpp", "gamma.view<float, 1>(), beta.view<float, 1>(), residual.rows(),\n                         y",
     "beta.view<float, 1>(), gamma.view<float, 1>(), residual.rows(),\n                         y", "gamma and beta swapped"),
    (OPS + "normalization.cpp", "return {gx, ggamma, gbeta, ", "return {gx, gbeta, ggamma, ",
     "gradients of gamma and beta swapped"),
    (OPS + "pointwise.cpp", "return {gy, gy};", "return {gy, Tensor()};", "add: no gradient for b"),
    (OPS + "pointwise.cpp", "      from += width;\n", "", "concat: each part gets the first part's gradient"),
    (OPS + "loss.cpp", "check(label < classes", "check(label <= classes", "one_hot: a label one too large passes"),
    (OPS + "op.h", "(extent + before + after - window) / stride + 1", "(extent + before + after - window) / stride",
     "one output row and column less"),
    # Linear maps
    (CPU + "conv2d_direct.cpp", "if (h < 0 || h >= d.h) continue;", "if (h <= 0 || h >= d.h) continue;",
     "direct convolution: row 0 unread"),
    (CPU + "conv2d_direct.cpp", "up / d.stride >= d.p", "up / d.stride > d.p", "direct backward data reads beyond gy"),
    (CPU + "conv2d_direct.cpp", "const std::int64_t h = p * d.stride + r - d.top, wi", "const std::int64_t h = p * d.stride + r, wi",
     "direct backward weights: padding forgotten"),
    (CPU + "onednn.cpp", "{d.top, d.left}, {d.bottom", "{d.left, d.top}, {d.bottom", "oneDNN: top and left swapped"),
    (CPU + "onednn.cpp", "args.insert({DNNL_ARG_BIAS, wrap(plan->b, b)})", "args.insert({DNNL_ARG_BIAS, wrap(plan->b, w)})",
     "oneDNN: the filter for a bias"),
    (CPU + "split_bf16.h", "MUECA_MULTIPLY;  // lo hi", ";", "split convolution: a small product dropped"),
    (CPU + "dense.cpp", "b ? 1.0f : 0.0f", "0.0f", "dense: bias missing"),
    (CPU + "dense.cpp", "i < std::min(m, (block + 1) * kRows)", "i + 1 < std::min(m, (block + 1) * kRows)",
     "bias gradient without the last row"),
    (CPU + "depthwise.cpp", "first + s >= d.width)", "first + s > d.width)", "depthwise reads beyond the row"),
    (CPU + "depthwise.cpp", "turned + (taps - 1 - t) * d.c", "turned + t * d.c", "depthwise backward: filter not turned"),
    (CPU + "depthwise_weights.cpp", "top + R <= d.h", "top + R <= d.h + 1", "depthwise weights read below the image"),
    # Normalisation, activations, pooling
    (CPU + "batch_norm.cpp", "static_cast<float>(-share * inverse * sum_gx)", "0.0f", "batch norm: a term of gx dropped"),
    (CPU + "batch_norm.cpp", "static_cast<double>(variance) + static_cast<double>(epsilon)", "static_cast<double>(variance) + 0 * epsilon",
     "batch norm: epsilon forgotten"),
    (CPU + "batch_norm.cpp", "variance, {}, 1 - momentum,", "variance, {}, momentum,",
     "momentum of the moving variance turned round"),
    (CPU + "batch_norm.cpp", "(px[c] - mean[c]) * factor[c] + (offset[c] + res[c])", "(px[c] - mean[c]) * factor[c] + offset[c]",
     "batch norm: residual forgotten"),
    (CPU + "pointwise.h", "(y < 6)", "(y <= 6)", "relu6 passes the gradient of clipped elements"),
    (CPU + "activation.cpp", "s + py[i] * (1 - s)", "s + px[i] * (1 - s)", "swish: wrong slope"),
    (CPU + "pool.cpp", "left = hit ? 0 : rest[c]", "left = rest[c]", "max pool: a tie gets the gradient twice"),
    (CPU + "pool.cpp", "(bottom - top) * (right - left)", "(bottom - top) * (bottom - top)", "average pool: wrong count at the edge"),
    (CPU + "pool.cpp", "p * how.stride - how.pad.top + how.size, height", "p * how.stride - how.pad.top + how.size, height + 1",
     "pooling reads below the image"),
    (CPU + "squeeze_excite.cpp", "outer[c] *= s[c] * (1 - s[c])", "outer[c] *= 1 - s[c]", "squeeze-excite: a factor dropped"),
    (CPU + "squeeze_excite.cpp", "gmean[c] *= share", "gmean[c] *= 1", "squeeze-excite: mean not divided"),
    (CPU + "gru.cpp", "own[j] + carry[j]", "own[j]", "gru backward: the frames after a frame forgotten"),
    (CPU + "gru.cpp", "q[2 * units + j] = gc * r[j]", "q[2 * units + j] = gc", "gru backward: the reset forgotten"),
    (CPU + "gru.cpp", "pc[j] + r[j] * qc[j]", "pc[j] + qc[j]", "gru: no reset"),
    (OPS + "gru.cpp", "to, units, (t - 1) * units", "to, 0, (t - 1) * units", "gru: gradient of u from the wrong frame"),
    (OPS + "pointwise.cpp", "gx.rows(), begin, count", "gx.rows(), 0, count", "columns: gradient in the wrong place"),
    (CPU + "resize.cpp", "+ 0.5) * step - 0.5", ") * step", "resize: corners instead of half-pixel centres"),
    (CPU + "resize.cpp", "(v.low == h ? 1 - v.part : 0)", "(v.low == h ? v.part : 0)", "resize backward: weights turned round"),
    # Losses, dropout, augmentation
    (CPU + "softmax.cpp", "p[i] * (g[i] - dot)", "p[i] * (g[i] + dot)", "softmax backward: sign"),
    (CPU + "loss.cpp", "out[i] / sum * weight - target[i]", "out[i] / sum - target[i]", "cross-entropy: soft targets' sum dropped"),
    (CPU + "loss.cpp", "t.data[i] > 0.5f", "t.data[i] >= 0.0f", "hinge: every class is the target"),
    (CPU + "softmax.cpp", "smoothing / static_cast<float>(k)", "smoothing / static_cast<float>(k - 1)", "label smoothing over K - 1"),
    (CPU + "dropout.cpp", "1 / (1 - how.rate)", "1", "dropout: survivors not scaled"),
    (CPU + "dropout.cpp", "block * kCounters), step", "block * kCounters), 0", "dropout: the same mask in every step"),
    (CPU + "augment.cpp", "q < view.erase[3]", "q <= view.erase[3]", "augment: erases a column too many"),
    (CPU + "augment.cpp", "sample.second, 1 - sample.mix", "sample.second, sample.mix",
     "mixup: both with the same weight"),
    # Vectors and optimizers
    (CPU + "optimizer.cpp", "how.nesterov ? momentum : 1", "1", "Nesterov without its momentum"),
    (CPU + "optimizer.cpp", "1 / std::sqrt(now.correction2)", "1 / now.correction2", "Adam: wrong bias correction"),
    (CPU + "optimizer.cpp", "how.decoupled ? 0 : how.weight_decay", "how.weight_decay", "AdamW decays twice"),
    (CPU + "vector.cpp", "py[i] = pa[i] + pb[i];", "py[i] = pa[i] + pb[i], py[i + 1] = 0;", "add writes beyond its end"),
    (CPU + "vector.cpp", "x.data + m * x.extent[1] + x0", "x.data + m * x.extent[1]", "copy_columns from the wrong column"),
    (CPU + "vector.cpp", "/ static_cast<double>(x.size())", "/ static_cast<double>(x.size() + 1)", "mean over n + 1"),
    (CPU + "optimizer.cpp", "most / norm : 1", "norm / most : 1", "clipping: the factor turned round"),
    (CPU + "vector.cpp", "s ? *s.data * factor : factor", "factor", "lerp: the number in memory unread"),
    # The CUDA kernels, on the executor
    (CUDA + "product_mma.cuh", "cp_async_wait<kStages - 2>();", "cp_async_wait<kStages - 1>();",
     "tensor cores: a tile is read before its copies have come"),
    (CUDA + "product_mma.cuh", "    __syncthreads();  // this step's tiles are whole", "    // this step's tiles are whole",
     "tensor cores: a barrier dropped"),
    (CUDA + "product_mma.cuh", "cp_async_commit();  // an", "if (step < steps) cp_async_commit();  // an",
     "tensor cores: the last copies are not waited for"),
    (CUDA + "product_mma.cuh", "i + lane % 16, t + lane / 16 * 4", "i + lane % 16, t + lane / 8 % 2 * 4",
     "tensor cores: fragments by the wrong lanes"),
    (CUDA + "product_mma.cuh", "t + lane % 8 + lane / 16 * 8", "t + lane % 16",
     "tensor cores: quarters of a turned bfloat16 fragment swapped"),
    (CUDA + "product_mma.cuh", "mma_m16n8k8_tf32(sums[m][n], fa, low_b[n]);", "", "tensor cores: a small product dropped"),
    (CUDA + "product_mma.cuh", "v.at[half * 4] = four.x, v.at[half * 4 + 1] = four.y",
     "v.at[half * 4] = four.y, v.at[half * 4 + 1] = four.x", "tensor cores: halves of a rounded pair swapped"),
    (CUDA + "product_mma.cuh", "column0 + half * 4);", "column0) + half * 4;",
     "tensor cores: floats of the next tap read from this one's line"),
    (CUDA + "product.cuh", "    __syncthreads();  // nobody reads", "    // nobody reads", "tiled products: a barrier dropped"),
    (CUDA + "operands.cuh", "w = q * stride - left;", "w = q * stride - top;", "patches: top for left"),
    (CUDA + "conv2d_stem.cu", "  __syncthreads();\n  const int quad", "  const int quad", "first convolution: a barrier dropped"),
    (CUDA + "split_sum.cu", "  __syncthreads();\n", "", "split sums: a barrier dropped"),
    (CUDA + "depthwise.cu", "turned ? R * R - 1 - r * R - s", "turned ? r * R + s", "depthwise backward: filter not turned"),
    (CUDA + "depthwise_weights.cu", "v < 0 || v >= d.width", "v < 0 || v > d.width", "depthwise weights read beyond the row"),
    (CUDA + "columns.cuh", "while (half * 2 < c.deep)", "while (half * 4 < c.deep)", "column sums: rows of a block forgotten"),
    (CUDA + "columns.cuh", "    __syncthreads();\n    if (t.row < half", "    if (t.row < half", "column sums: a barrier dropped"),
    (CUDA + "batch_norm.cuh", "static_cast<float>(-share * sum)", "static_cast<float>(share * sum)", "batch norm backward: sign"),
    (CUDA + "batch_norm_small.cu", "__syncthreads();  // the columns' sums", "// the columns' sums",
     "batch norm in one launch: a barrier dropped before the statistics"),
    (CUDA + "batch_norm_small.cu", "__syncthreads();  // the columns' factors", "// the columns' factors",
     "batch norm in one launch: a barrier dropped before the second pass"),
    (CUDA + "batch_norm_small.cu", "blockIdx.x} * c.lanes * Width + i", "blockIdx.x} * c.lanes + i",
     "batch norm in one launch: statistics of another block's columns"),
    (CUDA + "batch_norm.cu", "const float t = 1 - momentum;", "const float t = momentum;",
     "momentum of the moving statistics turned round"),
    (CUDA + "gru.cu", "__syncthreads();  // all of h", "// all of h", "gru: a barrier dropped between frames"),
    (CUDA + "gru.cu", "__syncthreads();  // gq of", "// gq of", "gru backward: a barrier dropped"),
    (CUDA + "squeeze_excite.cu", "__syncthreads();  // the hidden", "// the hidden", "squeeze-excite: a barrier dropped"),
    (CUDA + "pool.cu", "if (hit) rest.at[k] = 0;", "", "max pool: a tie gets the gradient twice"),
    (CUDA + "rows.cuh", "  __syncthreads();\n  if (thread < rows)", "  if (thread < rows)", "rows: a barrier dropped"),
    (CUDA + "loss.cu", "/ sum * weight - t[i]", "/ sum - t[i]", "cross-entropy: soft targets' sum dropped"),
    (CUDA + "softmax.cu", "y[i] * (gy[i] - dot)", "y[i] * (gy[i] + dot)", "softmax backward: sign"),
    (CUDA + "resize.cu", "(high == input ? part : 0)", "(high == input ? 1 - part : 0)", "resize backward: wrong weight"),
    (CUDA + "augment.cu", "q < view.erase[3]", "q <= view.erase[3]", "augment: erases a column too many"),
    (CUDA + "pointwise.cu", "(i / 4), now->step)", "(i / 4), 0)", "dropout: the same mask in every step"),
    (CUDA + "reduce.cu", "row[best] < row[i]", "row[best] <= row[i]", "count_correct: the last of equals"),
    (CUDA + "reduce.cu", "  __syncthreads();\n  double sum = 0;", "  double sum = 0;", "sums of a block: a barrier dropped"),
    (CUDA + "optimizer.cu", "1 / sqrtf(now->correction2)", "1 / now->correction2", "Adam: wrong bias correction"),
    (CUDA + "optimizer.cu", "most / norm : 1", "norm / most : 1", "clipping: the factor turned round"),
    # The reference itself, and the tape
    (CASES + "resize.cpp", "gx(n, h, w, k) += weight * gy(n, p, q, k)", "gx(n, h, w, k) += weight * weight * gy(n, p, q, k)",
     "a wrong gradient in the reference"),
    (CASES + "batch_norm.cpp", "g = g - gbeta.at[k].real() / static_cast<double>(m)", "g = g",
     "a term missing in the reference's gradient"),
    ("core/autograd.cpp", "node.grad = sum;", "node.grad = g;", "the tape replaces instead of summing", CORE),
    ("core/autograd.cpp", "std::prev(pending.end())->second", "pending.begin()->second", "the tape walks oldest first", CORE),
    ("core/chunks.cpp", "if (!it->second.first && !std::prev(it)->second.taken) {", "if (false) {",
     "freed chunks do not merge with the one before", CORE),
    # Everything includes these: a long build each
    ("core/parallel.h", "begin = n * t / used, end = n * (t + 1) / used", "begin = n * t / used, end = n * (t + 1) / used - (t > 0)",
     "the last item of a thread left out"),
    ("core/random.h", "round < 10", "round < 9", "Philox with nine rounds", CORE),
]
# Which family of the suite is asked first; the rest only if it stays green.
FAMILY = {
    "convolution": "conv2d", "conv2d_direct": "conv2d", "onednn": "conv2d", "split_bf16": "conv2d", "loss": "losses",
    "softmax": "losses", "normalization": "batch_norm", "pool": "pooling", "activation": "activations",
    "pointwise": "activations", CUDA + "pointwise.cu": "dropout", "product": "conv2d", "product_mma": "conv2d",
    "operands": "conv2d", "conv2d_stem": "conv2d", "split_sum": "conv2d", "columns": "batch_norm", "rows": "losses",
    "reduce": "vectors", "depthwise_weights": "depthwise", "optimizer": "optimizers", "vector": "vectors",
    "batch_norm_small": "batch_norm",
}
NEEDS = {CPU + "split_bf16.h": "amx_bf16"}  # compiled only for machines with this flag


def run(command, cwd, seconds=None):
    env = dict(os.environ, OMP_NUM_THREADS="2", OMP_WAIT_POLICY="passive")
    try:
        done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=seconds)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired:
        return 124, "no end after %d s" % seconds


def copy_tree(scratch):
    """What git tracks or would track. Unchanged files keep their times for the build, files that are gone go."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                           stdout=subprocess.PIPE).stdout.decode().split("\0")
    for old in scratch.glob("*/**/*.*"):
        if old.is_file() and "build-mutation" not in old.parts and str(old.relative_to(scratch)) not in names:
            old.unlink()
    for name in filter(None, names):
        source, target = ROOT / name, scratch / name
        if not source.is_file():
            continue
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)


class Workshop:
    def __init__(self, scratch, jobs):
        self.tree, self.build, self.jobs = scratch, scratch / "build-mutation", jobs
        copy_tree(scratch)
        # Little optimisation: compiling takes longer than the tests.
        options = ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O1", "-DMUECA_BENCH=OFF", "-DMUECA_CUDA=OFF"]
        if shutil.which("ccache"):
            options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        code, text = run(["cmake", "-G", "Ninja", "-B", str(self.build)] + options, self.tree)
        if code:
            sys.exit("mutate: cannot configure\n" + text)

    def judge(self, target, first=""):
        """None if the tests pass - those that `first` filters, then all - otherwise what turned red first."""
        code, text = run(["cmake", "--build", str(self.build), "-j", str(self.jobs), "--target", target], self.tree)
        if code:
            errors = [line for line in text.splitlines() if "error" in line]
            sys.exit("mutate: does not compile, so it proves nothing\n" + "\n".join(errors[:5]))
        room = "core" if target == CORE else "tests"
        program = str(self.build / room / target)
        # The mutated files are no longer what the architecture tests judge.
        for tests in [first] * (first != "") + ["*-Architecture.*"]:
            code, text = run([program, "--gtest_fail_fast", "--gtest_filter=" + tests], self.tree, SECONDS)
            if code:
                break
        else:
            return None
        failed = re.search(r"\[  FAILED  \] (\S+)", text)
        running = re.findall(r"\[ RUN      \] (\S+)", text)
        return failed.group(1) if failed else "%s (died, %d)" % (running[-1] if running else "start", code)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="mutants whose file or meaning contains this text")
    parser.add_argument("--scratch", type=Path, default=ROOT / "build" / "mutation")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    chosen = [m for m in MUTANTS if args.only in m[0] or args.only in m[3]]
    shop = Workshop(args.scratch.resolve(), args.jobs)
    for target in sorted({m[4] if len(m) > 4 else SUITE for m in chosen}):
        red = shop.judge(target)
        if red:
            sys.exit("mutate: %s is red before any mutation: %s" % (target, red))
    bad = 0
    for number, (name, old, new, meaning, *target) in enumerate(chosen, 1):
        start, path = time.time(), shop.tree / name
        original = path.read_text()
        if NEEDS.get(name, "") not in Path("/proc/cpuinfo").read_text():
            verdict = "not on this machine: no " + NEEDS[name]
        elif original.count(old) != 1:
            verdict, bad = "STALE: its text occurs %d times" % original.count(old), bad + 1
        else:
            path.write_text(original.replace(old, new))
            family = ("CudaKernels." if name.startswith(CUDA) else "*.") + FAMILY.get(name, FAMILY.get(path.stem, path.stem))
            red = shop.judge(target[0]) if target else shop.judge(SUITE, family)
            path.write_text(original)
            verdict = "killed by " + red if red else "SURVIVED"
            bad += red is None
        print("%2d/%d  %-56s %-32s %s  (%.0f s)" % (number, len(chosen), meaning, name, verdict, time.time() - start),
              flush=True)
    print("%d mutants, %d survived or stale" % (len(chosen), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
