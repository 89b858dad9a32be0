#include "bench/cpu_ceilings.h"

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>

#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/cpu/simd.h"
#include "kernels/cpu/split_bf16.h"

namespace mueca {
namespace {

constexpr int kRepetitions = 8;  // the best one counts: a ceiling is what was reached once

// Seconds of the calling thread's processor, so that other programs on the machine do not lower a ceiling.
double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Seconds of work(thread): all threads at once, the slowest counts.
template <class Work>
double best_seconds(const Work& work) {
  double best = 1e30;
  for (int i = 0; i < kRepetitions; ++i) {
    std::vector<double> seconds(static_cast<std::size_t>(thread_count()), 0.0);
    parallel_for(thread_count(), 1, [&](std::int64_t first, std::int64_t end) {
      for (; first < end; ++first) {
        const double begin = thread_seconds();
        work(first);
        seconds[static_cast<std::size_t>(first)] = thread_seconds() - begin;
      }
    });
    best = std::min(best, *std::ranges::max_element(seconds));
  }
  return best;
}

// Multiply-adds of vectors in registers alone, in enough chains to hide their latency.
double fma_gflops() {
  using cpu::kLanes, cpu::Vec;
  constexpr int kChains = 12, kRounds = 1 << 21;
  const double seconds = best_seconds([](std::int64_t) {
    Vec sum[kChains] = {}, a = cpu::broadcast(0.999f), b = cpu::broadcast(0.001f);
    benchmark::DoNotOptimize(a), benchmark::DoNotOptimize(b);
    for (int i = 0; i < kRounds; ++i)
#pragma GCC unroll 12
      for (Vec& s : sum) s = s * a + b;
    for (Vec& s : sum) benchmark::DoNotOptimize(s);
  });
  return 2.0 * kLanes * kChains * kRounds * thread_count() / seconds * 1e-9;
}

#ifdef MUECA_AMX
// Tile products from registers alone; float32 results take six bfloat16 products each.
double amx_gflops() {
  constexpr int kRounds = 1 << 19;
  const double seconds = best_seconds([](std::int64_t) {
    const cpu::TileScope tiles;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (int i = 0; i < kRounds; ++i) {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  });
  return 2.0 * 16 * 16 * 32 * 4 * kRounds * thread_count() / seconds * 1e-9;
}
#endif

// Each thread copies `bytes` of its own, often enough to last a while.
double copy_gbs(std::size_t bytes, int rounds) {
  std::vector<Buffer> from, to;
  for (int i = 0; i < thread_count(); ++i) {
    from.emplace_back(Device::cpu, bytes), to.emplace_back(Device::cpu, bytes);
    std::fill_n(static_cast<float*>(from.back().data()), bytes / sizeof(float), 1.5f);
  }
  const double seconds = best_seconds([&](std::int64_t thread) {
    const auto at = static_cast<std::size_t>(thread);
    const auto* x = static_cast<const float*>(from[at].data());
    auto* y = static_cast<float*>(to[at].data());
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t i = 0; i < bytes / sizeof(float); i += cpu::kLanes) cpu::store(y + i, cpu::load(x + i));
      benchmark::ClobberMemory();
    }
  });
  return 2.0 * static_cast<double>(bytes) * rounds * thread_count() / seconds * 1e-9;
}

}  // namespace

std::vector<Ceiling> measure_cpu_ceilings() {
  std::vector<Ceiling> all = {{"compute.fp32 FMA", fma_gflops()}};
#ifdef MUECA_AMX
  if (cpu::has_amx()) all.push_back({"compute.AMX, six bf16 products", amx_gflops() / 6});
#endif
  all.push_back({"memory.DRAM copy", copy_gbs(std::size_t{192} << 20, 1)});
  all.push_back({"memory.L3 copy", copy_gbs(std::size_t{8} << 20, 16)});
  all.push_back({"memory.L2 copy", copy_gbs(std::size_t{256} << 10, 256)});
  return all;
}

}  // namespace mueca
