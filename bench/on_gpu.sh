#!/usr/bin/env bash
# All that needs a GPU, on a machine that is borrowed for half an hour: correctness first, then speed, then training.
#   bench/on_gpu.sh [BUILD [PACK]]      BUILD: a folder built with -DMUECA_CUDA=ON (build/cuda); PACK: fer2013.h5
# Every step has a time limit of its own; one that fails or has no time left does not stop the others. Results lie in
# $OUT, or ./gpu-results; summary.txt says how each step ended. MINUTES (25), SEEDS ("1 2 3"), RECIPE, BATCHES (256),
# PLANS (12: cuDNN engines tried for each graph) and MODES (of PyTorch) may be set. Exit code 1 when a step failed.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
build=${1:-$root/build/cuda}
pack=${2:-}
out=${OUT:-gpu-results}
minutes=${MINUTES:-25}
recipe=${RECIPE:-$root/apps/recipes/fer2013_se_resnet.toml}
commit=$(git -C "$root" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
mkdir -p "$out"
out=$(cd "$out" && pwd)
summary=$out/summary.txt
: >"$summary"
failed=0

say() { printf '%s\n' "$*" | tee -a "$summary" >&2; }
left() { echo $((minutes * 60 - SECONDS)); }

# step NAME LIMIT LOG COMMAND...: appends the output to LOG; "skipped: why" as the last line is a skip, not a success.
step() {
  local name=$1 limit=$2 log=$out/$3 rest code begin=$SECONDS last
  shift 3
  rest=$(left)
  if [ "$rest" -lt 15 ]; then
    say "$name: skipped: no time left"
    return 0
  fi
  [ "$limit" -lt "$rest" ] || limit=$rest
  printf '\n== %s (%s): %s\n' "$name" "$commit" "$*" >>"$log"
  timeout -k 10 "$limit" "$@" >>"$log" 2>&1 </dev/null
  code=$?
  last=$(tail -n 1 "$log")
  case $code in
    0) case $last in
         skipped:*) say "$name: $last" ;;
         *) say "$name: done in $((SECONDS - begin)) s" ;;
       esac ;;
    124 | 137) say "$name: stopped at its limit of $limit s; what it wrote until then is in $(basename "$log")" ;;
    *)
      say "$name: FAILED with code $code: $last"
      failed=$((failed + 1)) ;;
  esac
  return 0
}
skip() { say "$1: skipped: $2"; }
# Of a step that only makes sense with a program.
have() { [ -x "$2" ] || { skip "$1" "$2 is not built"; return 1; }; }

# Libraries that were brought along in BUILD/lib, and cuDNN of a Python package where the loader does not find one.
[ ! -d "$build/lib" ] || export LD_LIBRARY_PATH=$build/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
cudnn=$(python3 -c 'import nvidia.cudnn as c; print(list(c.__path__)[0] + "/lib")' 2>/dev/null || true)
if [ -n "$cudnn" ] && ! ldconfig -p 2>/dev/null | grep -q 'libcudnn\.so\.9'; then
  export LD_LIBRARY_PATH=$cudnn${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi

bench=$build/bench/cuda/mueca_bench_cuda suite=$build/tests/suite_tests
say "mueca $commit, $(date -u +%Y-%m-%dT%H:%MZ), build $build"
# The program itself knows best whether there is a GPU, and why not.
reason="mueca_bench_cuda is not built in $build"
[ ! -x "$bench" ] || reason=$("$bench" --benchmark_list_tests 2>&1 | grep -m 1 -E '^skipped:|^mueca_bench_cuda:' | sed 's/^[a-z_]*: //')
if [ -n "$reason" ]; then
  for name in suite sanitizer kernels pytorch training; do skip "$name" "$reason"; done
  exit 0
fi
nvidia-smi >>"$out/suite.log" 2>&1 || true

gpu_tests='CudaDevice.*:CudaRuntime.*'
if have suite "$suite"; then
  step suite 240 suite.log "$suite" --gtest_filter="$gpu_tests" --gtest_brief=1
  sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null || true)
  if [ -n "$sanitizer" ]; then
    # The tools slow kernels down by tens of times: the device's own tests and the smaller families.
    for tool in memcheck racecheck initcheck; do
      step "sanitizer $tool" 130 sanitizer.log "$sanitizer" --tool "$tool" --error-exitcode 9 \
        "$suite" --gtest_filter="$gpu_tests" --gtest_brief=1
    done
  else
    skip sanitizer "compute-sanitizer is not installed"
  fi
fi

step kernels 480 cuda.log "$bench" --batches="${BATCHES:-256}" --plans="${PLANS:-12}" --minutes=7 --commit="$commit" \
  --benchmark_out="$out/cuda.json" --benchmark_out_format=json
if [ -s "$out/cuda.json" ]; then
  step "kernels' page" 30 cuda.log "$bench" --report="$out/cuda.json" --to="$out/cuda.md"
fi

if have pytorch "$build/bench/mueca_step"; then
  # shellcheck disable=SC2086  # MODES is a list
  step pytorch 360 pytorch.md "$here/against_pytorch_cuda.py" --step "$build/bench/mueca_step" --patience 120 \
    --networks baseline_cnn se_resnet mobilenet_v2_48 --modes ${MODES:-eager compile reduce-overhead graph}
fi

if [ -z "$pack" ]; then
  skip training "no pack was named"
elif [ ! -f "$pack" ]; then
  skip training "$pack is not there"
elif have training "$build/apps/mueca"; then
  for seed in ${SEEDS:-1 2 3}; do
    step "training, seed $seed" 600 training.log "$build/apps/mueca" train --data "$pack" --config "$recipe" \
      --device cuda --precision bf16 --seed "$seed" --out "$out/runs" --name "seed_$seed"
  done
fi
say "$failed steps failed; $((SECONDS / 60)) of $minutes minutes"
[ "$failed" -eq 0 ]
