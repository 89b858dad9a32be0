// mueca_bench_cuda: every CUDA kernel beside cuDNN, as Google Benchmarks called FAMILY/OP/SHAPE/ALGORITHM.
//   mueca_bench_cuda [--algo=all] [--batches=64,256,1024] [--plans=N] [--minutes=M] [--commit=C] [--device=emulated]
//                    [Google Benchmark's options: --benchmark_filter=..., --benchmark_out=cuda.json, ...]
//   mueca_bench_cuda --report=cuda.json --to=cuda.md
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/cuda/ceilings.h"
#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/jobs.h"
#include "bench/cuda/report.h"
#include "bench/cuda/run_job.h"
#include "bench/work.h"
#include "core/error.h"
#include "core/files/atomic_file.h"

namespace mueca::bench {
namespace {

struct Options {
  Plan plan;
  std::size_t most_plans = 0;
  double minutes = 1e9;
  std::string commit = "unknown", report, to = "cuda.md";
  bool list = false;
};

// Takes our options out of the arguments; the rest is Google Benchmark's.
Options take_options(int& argc, char** argv) {
  Options o;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i], name = argument.substr(0, argument.find('='));
    std::istringstream value(argument.size() > name.size() ? argument.substr(name.size() + 1) : "");
    bool good = true;
    if (name == "--algo")
      good = value.str() == "all" || value.str() == "chosen", o.plan.all_algorithms = value.str() == "all";
    else if (name == "--batches") {
      o.plan.batches.clear();
      for (std::string part; good && std::getline(value, part, ',');) {
        std::istringstream digits(part);
        std::int64_t n = 0;
        good = digits >> n && digits.eof() && n >= 1 && n <= 4096;
        o.plan.batches.push_back(n);
      }
      good = good && !o.plan.batches.empty();
    } else if (name == "--plans")
      good = value >> o.most_plans && value.eof();
    else if (name == "--minutes")
      good = value >> o.minutes && value.eof() && o.minutes > 0;
    else if (name == "--commit")
      o.commit = value.str();
    else if (name == "--report")
      o.report = value.str(), good = !o.report.empty();
    else if (name == "--to")
      o.to = value.str(), good = !o.to.empty();
    else if (name == "--device") {
      o.plan.device = parse_device(value.str());
      good = o.plan.device != Device::cpu;
      if (o.plan.device == Device::emulated) o.plan.scale = Scale::tiny, o.plan.batches = {2};
    } else {
      o.list = o.list || name == "--benchmark_list_tests";
      argv[kept++] = argv[i];
      continue;
    }
    check(good, "mueca_bench_cuda: ", name, ": no such value: '", value.str(), "'");
  }
  argc = kept, argv[kept] = nullptr;
  return o;
}

void write_report(const Options& o) {
  constexpr std::size_t kLargest = 64 << 20;
  const auto json = nlohmann::json::parse(read_file(o.report, kLargest), nullptr, false);
  check(!json.is_discarded(), o.report, ": is not JSON");
  write_file_atomically(o.to, cuda_report(json));
}

double least(const Row& row, const std::function<bool(const PeerRow&)>& wanted) {
  double us = 0;
  for (const PeerRow& p : row.peers)
    if (wanted(p) && (us == 0 || p.timing.median_us < us)) us = p.timing.median_us;
  return us;
}

void tell(benchmark::State& state, const Job& job, const Row& row, const std::vector<Ceiling>& ceilings) {
  state.SetIterationTime(row.ours.median_us * 1e-6);
  count_work(state, job.flop, job.bytes);
  const auto put = [&](const char* name, double value) { state.counters[name] = value; };
  const auto put_if = [&](const char* name, double value) {
    if (value > 0) put(name, value);
  };
  put("error", row.verdict.worst), put("relative_l2", row.verdict.relative_l2);
  put("sampled", static_cast<double>(row.verdict.sampled)), put("spread", row.ours.spread);
  put("recorded", row.ours.recorded);
  put_if("roof_share",
         roof_microseconds(ceilings, static_cast<int>(job.math), job.flop, job.bytes) / row.ours.median_us);
  std::string label;
  if (const PeerRow* best = best_peer(row, job)) {
    put("peer_us", best->timing.median_us), put("peer_error", best->verdict.worst);
    put("peer_spread", best->timing.spread), put("peer_workspace", static_cast<double>(best->workspace));
    label = str(best->name, ", ", best->engine);
  }
  const auto mine = [&](const PeerRow& p) { return comparable(p, job); };
  put_if("first_choice_us", least(row, [&](const PeerRow& p) { return p.first_choice && mine(p); }));
  put_if("nchw_us", least(row, [&](const PeerRow& p) { return p.format.order == Order::nchw && mine(p); }));
  put_if("io16_us", least(row, [](const PeerRow& p) { return p.format.store != Store::float32; }));
  put_if("io32_us", least(row, [](const PeerRow& p) { return p.format.store == Store::float32; }));
  if (!job.note.empty()) label += (label.empty() ? "" : "; ") + job.note;
  for (const std::string& why : row.left_out) label += "; left out: " + why;
  state.SetLabel(label);
}

int run(int argc, char** argv) {
  const Options o = take_options(argc, argv);
  if (!o.report.empty()) return write_report(o), 0;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  std::string why;
  const std::unique_ptr<Gpu> gpu = open_gpu(o.plan.device, &why);
  if (!gpu) {
    std::printf("skipped: %s\n", why.c_str());
    return 0;
  }
  const std::shared_ptr<void> cudnn = open_cudnn(*gpu, &why);
  std::vector<Ceiling> ceilings;
  if (!o.list) {
    benchmark::AddCustomContext("commit", o.commit);
    benchmark::AddCustomContext("cuDNN", cudnn ? cudnn_version(cudnn.get()) : "no peer: " + why);
    ceilings = measure_ceilings(*gpu);  // first: then the clocks are those of a GPU at work
    for (const auto& [name, value] : gpu->facts()) benchmark::AddCustomContext(name, value);
    for (const Ceiling& c : ceilings)
      benchmark::AddCustomContext((c.name.starts_with("call") ? "" : "ceiling.") + c.name, str(c.value));
  }
  Bench bench{*gpu, {}, cudnn.get(), o.most_plans};
  if (o.plan.scale == Scale::tiny) bench.protocol = {.sets = 2, .blocks = 2, .warm = 0, .block_us = 1, .most_calls = 2};
  const auto begin = std::chrono::steady_clock::now();
  for (const Job& job : all_jobs(o.plan))
    benchmark::RegisterBenchmark(job.name().c_str(),
                                 [&, job](benchmark::State& state) {
                                   for ([[maybe_unused]] auto _ : state) {
                                     const std::chrono::duration<double, std::ratio<60>> spent =
                                         std::chrono::steady_clock::now() - begin;
                                     if (spent.count() > o.minutes) {
                                       state.SkipWithError("the time that --minutes gives was over");
                                       break;
                                     }
                                     try {
                                       tell(state, job, run_job(job, bench), ceilings);
                                     } catch (const std::exception& e) {
                                       state.SkipWithError(e.what());
                                       break;
                                     }
                                   }
                                 })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMicrosecond);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace mueca::bench

int main(int argc, char** argv) {
  try {
    return mueca::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "mueca_bench_cuda: %s\n", e.what());
    return 1;
  }
}
