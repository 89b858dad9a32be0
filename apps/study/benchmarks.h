// What a benchmark program measured, as its Google Benchmark JSON says. The programs in bench/ name a benchmark
// family/pass/shape/algorithm and give it the counters FLOP and bytes (of one call) and, where they know them, peer_us,
// error (the worst, relative to its bound's scale) and roof_share; the context holds the ceilings that were measured in
// the same run, ceiling.compute.NAME in GFLOP/s and ceiling.memory.NAME in GB/s.
#pragma once
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "apps/study/manifest.h"

namespace mueca {

struct BenchmarkCeiling {
  std::string name;
  double value = 0;  // GFLOP/s or GB/s
};

struct BenchmarkRow {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  std::string family, pass, shape, algorithm;  // the last three may be empty
  std::string label;                           // as the program says: "chosen", or the peer's engine
  double microseconds = 0;                     // of one call; the median where the run was repeated
  double flop = kUnknown, bytes = kUnknown;    // of one call
  double peer_microseconds = kUnknown, error = kUnknown, roof_share = kUnknown;

  double gflops() const { return flop / microseconds * 1e-3; }
  double gigabytes_per_second() const { return bytes / microseconds * 1e-3; }
  double ratio() const { return peer_microseconds / microseconds; }  // above 1: faster than the peer
};

struct BenchmarkResult {
  StudyBenchmark benchmark;
  std::string sha256;                                      // of the file
  std::vector<std::pair<std::string, std::string>> facts;  // of machine and program, without times, hosts and paths
  std::vector<BenchmarkCeiling> compute, memory;           // may be empty
  std::vector<BenchmarkRow> rows;                          // in the file's order
  int failed = 0;                                          // benchmarks that ended with an error
};

// Whether users get this row: where a program marks the algorithm that a call would run as "chosen", no other counts.
bool is_chosen(const BenchmarkResult& result, const BenchmarkRow& row);

// Throws Error "FILE: what is wrong" for a file that is none of Google Benchmark's, larger than 64 MiB, or without
// rows.
BenchmarkResult read_benchmark(const StudyBenchmark& benchmark);

}  // namespace mueca
