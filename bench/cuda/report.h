// What a run of mueca_bench_cuda found, as a page: tables by family from its JSON, targets beside what was measured.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace mueca::bench {

// Markdown of Google Benchmark's JSON with our counters (bench/README.md names them). Throws Error when it is not that.
std::string cuda_report(const nlohmann::json& results);

}  // namespace mueca::bench
