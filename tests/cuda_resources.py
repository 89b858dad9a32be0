#!/usr/bin/env python3
"""Compiles every kernels/cuda/*.cu for sm_80 and sm_90 and reports each kernel's registers, shared memory and spills.

Fails when a kernel spills registers or keeps local memory: both turn arithmetic into traffic. Skipped (77) without
nvcc. `--markdown` prints the table for bench/results. No GPU is needed.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ARCHITECTURES = (80, 90)


def find_nvcc():
    return os.environ.get("MUECA_NVCC") or shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")


def readable(mangled):
    name = subprocess.run(["c++filt", mangled], capture_output=True, text=True, check=True).stdout.strip()
    name = re.sub(r"\((?:anonymous namespace|int|bool|mueca::\w+)\)(?:::)?", "", name)  # casts in template arguments
    return re.sub(r"\(.*", "", name).replace("mueca::cuda::", "").split("void ")[-1]


def compile_one(nvcc, root, source, architecture, folder):
    """[(kernel, registers, shared bytes, stack bytes, spilled bytes)] of one file."""
    flag = f"arch=compute_{architecture},code=sm_{architecture}"
    command = [nvcc, "-std=c++20", "-O3", "-I", str(root), "-gencode", flag, "--resource-usage", "-c", str(source)]
    done = subprocess.run(command + ["-o", str(folder / "out.o")], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{source}: does not compile for sm_{architecture}\n{done.stderr}")
    rows = []
    for part in re.split(r"Compiling entry function '", done.stderr)[1:]:
        numbers = {key: int(number) for number, key in re.findall(r"(\d+) bytes (stack frame|spill stores|spill loads|smem)", part)}
        registers = int(re.search(r"Used (\d+) registers", part).group(1))
        spilled = numbers.get("spill stores", 0) + numbers.get("spill loads", 0)
        rows.append((readable(part.split("'")[0]), registers, numbers.get("smem", 0), numbers.get("stack frame", 0), spilled))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=pathlib.Path, help="the repository")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    nvcc = find_nvcc()
    sources = sorted((arguments.root / "kernels" / "cuda").glob("*.cu"))
    if not nvcc:
        print("skipped: no nvcc on PATH (MUECA_NVCC names another)")
        return 77
    if not sources:
        print("skipped: no kernels in kernels/cuda")
        return 77
    form = "| {} | {} | {} | {} | {} | {} | {} |" if arguments.markdown else "{:16} {:44} {:>6} {:>9} {:>9} {:>9} {:>9}"
    print(form.format("file", "kernel", "arch", "registers", "shared B", "stack B", "spilled B"))
    if arguments.markdown:
        print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        for source in sources:
            for architecture in ARCHITECTURES:
                for kernel, registers, shared, stack, spilled in compile_one(nvcc, arguments.root, source, architecture, pathlib.Path(folder)):
                    print(form.format(source.name, kernel, f"sm_{architecture}", registers, shared, stack, spilled))
                    if stack or spilled:
                        bad.append(f"{source.name}: {kernel} on sm_{architecture}: {stack} bytes of local memory, {spilled} spilled")
    for line in bad:
        print(line, file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
