// mueca_bench: Google Benchmark's program, with the machine's measured ceilings in the context of its JSON. Each
// benchmark is called FAMILY/OP/SHAPE/ALGORITHM and counts FLOP and bytes per iteration: all that a roofline needs.
#include <benchmark/benchmark.h>

#include <cstring>

#include "bench/cpu_ceilings.h"
#include "core/error.h"
#include "core/parallel.h"

int main(int argc, char** argv) {
  bool list = false;
  for (int i = 1; i < argc; ++i) list |= std::strncmp(argv[i], "--benchmark_list_tests", 22) == 0;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (!list) {
    benchmark::AddCustomContext("threads", std::to_string(mueca::thread_count()));
    for (const mueca::Ceiling& c : mueca::measure_cpu_ceilings())
      benchmark::AddCustomContext("ceiling." + c.name, mueca::str(c.value));
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
