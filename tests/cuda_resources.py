#!/usr/bin/env python3
"""Compiles every kernels/cuda/*.cu for sm_80 and sm_90a and reports what each kernel takes of a multiprocessor.

Fails when a kernel spills registers or keeps local memory (both turn arithmetic into traffic), and when ptxas says that
it runs warpgroup products one by one or ignores a change of registers. Skipped (77) without nvcc. `--report FILE` writes the table as Markdown (bench/results/cuda-resources.md). No GPU is needed.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Shared memory of a multiprocessor in bytes, by architecture; 65536 registers, 64 warps, 32 blocks in both (CUDA C++
# programming guide, "Technical specifications per compute capability").
ARCHITECTURES = {"80": 164 * 1024, "90a": 228 * 1024}
REGISTERS, WARPS, BLOCKS, RESERVED_SHARED = 65536, 64, 32, 1024

# Dynamic shared memory that a kernel's launcher asks for, in bytes; by the largest case where it follows the shape.
DYNAMIC = {"product_mma": 73728, "stem_rows": 32768, "gru_walk": 8192,
           "weights_wgmma": 66688}
for stored in ("float", "bf16"):  # their shared memory is the same
    DYNAMIC |= {f"conv_wgmma<{stored}, 64, 1>": 124544, f"conv_wgmma<{stored}, 64, 2>": 157312,
                f"conv_wgmma<{stored}, 128, 1>": 112256, f"conv_wgmma<{stored}, 128, 2>": 145024}
# Kernels that are there for one architecture alone, and empty for others.
ONLY = {"conv_wgmma": "90a", "weights_wgmma": "90a"}
# ptxas says so where wgmma or setmaxnreg does not do what it was written for.
LAMENT = "Potential Performance Loss"

HEAD = """# What the CUDA kernels take

Compiled by `tests/cuda_resources.py . --report bench/results/cuda-resources.md` with nvcc {version}; nothing here was
run on a GPU. Registers are of a thread, shared memory of a block (`dynamic` is what the launcher asks for, at most),
and occupancy is the share of a multiprocessor's 64 warps that these limits let stay on it. No kernel spills registers
or keeps local memory; the test CudaResources holds that. `conv_wgmma` and `weights_wgmma` are empty on sm_80; on sm_90a
their warps trade registers after the start (88 and 208 of 168; 72 and 144 of 128), and their dynamic bytes are those of
images 48 pixels wide (24 for 128 columns of output).

| file | kernel | arch | threads | registers | static B | dynamic B | blocks | occupancy % |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def find_nvcc():
    return os.environ.get("MUECA_NVCC") or shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")


# What template arguments are called in the sources: kernels/cuda/linear.cuh and product_mma.cuh.
NAMES = {"(Mma)0": "tf32x3", "(Mma)1": "tf32", "(Mma)2": "bf16"}
for S, W in (("float", "float"), ("bf16", "float"), ("bf16", "bf16")):
    NAMES |= {f"Product<Matrix<{S}>, true, Matrix<{W}>, false, {S}>": f"DenseForward<{S}, {W}>",
              f"Product<Patches<{S}>, true, Matrix<{W}>, false, {S}>": f"ConvForward<{S}, {W}>",
              f"Product<Matrix<{S}>, true, Matrix<{W}>, true, {S}>": f"DenseData<{S}, {W}>",
              f"Product<Patches<{S}>, true, Turned<{W}>, true, {S}>": f"ConvData<{S}, {W}>",
              f"Product<Matrix<{S}>, false, Matrix<{S}>, false, float>": f"DenseWeights<{S}>",
              f"Product<Patches<{S}>, false, Matrix<{S}>, false, float>": f"ConvWeights<{S}>"}


def readable(mangled):
    name = subprocess.run(["c++filt", mangled], capture_output=True, text=True, check=True).stdout.strip()
    name = name.replace("(anonymous namespace)::", "").replace("mueca::cuda::", "").replace("mueca::", "").split("void ")[-1]
    depth = 0  # drop the list of parameters: the last parentheses
    for at in range(len(name) - 1, -1, -1):
        depth += (name[at] == ")") - (name[at] == "(")
        if depth == 0:
            name = name[:at] if name.endswith(")") else name
            break
    for long, short in NAMES.items():
        name = name.replace(long, short)
    return re.sub(r"\((?:int|bool|\w+)\)(?=[-\w])", "", name).replace(" >", ">")  # casts in template arguments


def resident_blocks(threads, registers, shared, architecture):
    """Blocks of a kernel that fit a multiprocessor together; registers go to warps in pieces of 256."""
    warps = (threads + 31) // 32
    of_registers = REGISTERS // (warps * ((registers + 7) // 8 * 8 * 32))
    of_shared = ARCHITECTURES[architecture] // ((shared + 127) // 128 * 128 + RESERVED_SHARED)
    return min(BLOCKS, WARPS // warps, of_registers, of_shared)


def compile_one(nvcc, root, source):
    """One row a kernel and architecture: a dict of what ptxas says, and the threads that __launch_bounds__ names."""
    with tempfile.TemporaryDirectory() as folder:
        command = [nvcc, "-std=c++20", "-O3", "-I", str(root), "--resource-usage", "--keep", "--keep-dir", folder]
        for architecture in ARCHITECTURES:
            command += ["-gencode", f"arch=compute_{architecture},code=sm_{architecture}"]
        done = subprocess.run(command + ["-fatbin", str(source), "-o", f"{folder}/out"], capture_output=True, text=True)
        if done.returncode != 0:
            return [], f"{source}: does not compile\n{done.stderr}"
        if LAMENT in done.stderr:
            return [], "\n".join([f"{source}:"] + [line for line in done.stderr.splitlines() if LAMENT in line])
        threads = {}
        for ptx in pathlib.Path(folder).glob("*.ptx"):
            text = ptx.read_text()
            target = re.search(r"\.target sm_(\w+)", text).group(1)
            for name, bound in re.findall(r"\.entry (\w+)\([^)]*\)\s*\.maxntid (\d+)", text):
                threads[name, target] = int(bound)
    rows = []
    for part in re.split(r"Compiling entry function '", done.stderr)[1:]:
        name, architecture = re.match(r"(\w+)' for 'sm_(\d+a?)", part).groups()
        numbers = {key: int(number) for number, key in re.findall(r"(\d+) bytes (stack frame|spill stores|spill loads|smem)", part)}
        kernel = readable(name)
        family = kernel.split("<")[0]
        if ONLY.get(family, architecture) != architecture:
            continue
        row = {"file": source.name, "kernel": kernel, "arch": architecture, "threads": threads.get((name, architecture), 0)}
        row["registers"] = int(re.search(r"Used (\d+) registers", part).group(1))
        row["static"], row["dynamic"] = numbers.get("smem", 0), DYNAMIC.get(kernel, DYNAMIC.get(family, 0))
        row["local"] = numbers.get("stack frame", 0)
        row["spilled"] = numbers.get("spill stores", 0) + numbers.get("spill loads", 0)
        rows.append(row)
    return sorted(rows, key=lambda r: (r["kernel"], r["arch"])), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=pathlib.Path, help="the repository")
    parser.add_argument("--report", type=pathlib.Path, metavar="FILE", help="write the table as Markdown")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these files of kernels/cuda alone, without .cu")
    arguments = parser.parse_args()
    nvcc = find_nvcc()
    sources = sorted((arguments.root / "kernels" / "cuda").glob("*.cu"))
    if arguments.only:
        sources = [s for s in sources if s.stem in arguments.only]
    if not nvcc:
        print("skipped: no nvcc on PATH (MUECA_NVCC names another)")
        return 77
    if not sources:
        print("skipped: no kernels in kernels/cuda")
        return 77
    bad, lines = [], []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for rows, error in pool.map(lambda source: compile_one(nvcc, arguments.root, source), sources):
            if error:
                sys.exit(error)
            for r in rows:
                where = f"{r['file']}: {r['kernel']} on sm_{r['arch']}"
                print(f"{where}: {r['registers']} registers, {r['static']} B shared, {r['local']} B local, {r['spilled']} B spilled")
                if r["local"] or r["spilled"]:
                    bad.append(f"{where}: {r['local']} bytes of local memory, {r['spilled']} spilled")
                if not r["threads"]:
                    bad.append(f"{where}: no __launch_bounds__")
                    continue
                blocks = resident_blocks(r["threads"], r["registers"], r["static"] + r["dynamic"], r["arch"])
                share = round(100 * blocks * ((r["threads"] + 31) // 32) / WARPS)
                lines.append("| " + " | ".join(str(v) for v in (
                    r["file"], f"`{r['kernel']}`", f"sm_{r['arch']}", r["threads"], r["registers"], r["static"], r["dynamic"] or "", blocks, share)) + " |\n")
    for line in bad:
        print(line, file=sys.stderr)
    if arguments.report and not bad:
        said = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=True).stdout
        arguments.report.parent.mkdir(parents=True, exist_ok=True)
        arguments.report.write_text(HEAD.format(version=re.search(r"release ([\d.]+)", said).group(1)) + "".join(lines))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
