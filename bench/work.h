// What every benchmark tells of one iteration: counters FLOP and bytes, from which GFLOP/s and GB/s follow.
#pragma once
#include <benchmark/benchmark.h>

namespace mueca {

inline void count_work(benchmark::State& state, double flop, double bytes) {
  const auto rate = benchmark::Counter::kIsIterationInvariantRate;
  state.counters["FLOP"] = flop;
  state.counters["bytes"] = bytes;
  state.counters["GFLOP/s"] = benchmark::Counter(flop * 1e-9, rate);
  state.counters["GB/s"] = benchmark::Counter(bytes * 1e-9, rate);
}

}  // namespace mueca
