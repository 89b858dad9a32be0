// Benchmarks in a study: files read and refused, and a study of nothing else end to end through the built tool.
#include "apps/study/benchmarks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "apps/study/made_of.h"
#include "apps/study/tables.h"
#include "apps/tool_test.h"
#include "core/error.h"
#include "core/files/atomic_file.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

// Two ceilings with the ridge at 10 FLOP per byte; a product timed three times, a memory kernel beside a peer.
const char* const kResults = R"({
  "context": {"date": "2026", "host_name": "somebody", "executable": "bench/x", "num_cpus": 2, "cpu": "A CPU",
              "caches": [], "ceiling.compute.fma": "100", "ceiling.compute.scalar": "10", "ceiling.memory.dram": "10"},
  "benchmarks": [
    {"name": "conv2d/forward/3x3/winograd/real_time", "run_type": "iteration", "real_time": 3, "cpu_time": 9,
     "time_unit": "ms", "label": "chosen", "FLOP": 1e8, "bytes": 1e6},
    {"name": "conv2d/forward/3x3/winograd/real_time", "run_type": "iteration", "real_time": 2, "cpu_time": 9,
     "time_unit": "ms", "label": "chosen", "FLOP": 1e8, "bytes": 1e6},
    {"name": "conv2d/forward/3x3/winograd/real_time", "run_type": "iteration", "real_time": 4, "cpu_time": 9,
     "time_unit": "ms", "label": "chosen", "FLOP": 1e8, "bytes": 1e6},
    {"name": "conv2d/forward/3x3/winograd/real_time_mean", "run_name": "conv2d/forward/3x3/winograd/real_time",
     "run_type": "aggregate", "aggregate_name": "mean", "real_time": 99, "cpu_time": 99, "time_unit": "ms"},
    {"name": "conv2d/forward/3x3/direct/real_time", "run_type": "iteration", "real_time": 20, "cpu_time": 20,
     "time_unit": "ms", "FLOP": 1e8, "bytes": 1e6},
    {"name": "softmax/forward/64x7", "run_type": "iteration", "real_time": 5, "cpu_time": 4, "time_unit": "us",
     "FLOP": 1e3, "bytes": 1e4, "peer_us": 6, "error": 2.5e-7},
    {"name": "broken/forward/1", "run_type": "iteration", "error_occurred": true, "error_message": "no"}
  ]})";

BenchmarkResult read_text(const std::string& text) {
  const TestFolder folder;
  write_file_atomically(folder / "measured.json", text);
  return read_benchmark({"cpu", "The CPU", "", folder / "measured.json", "bench", 1});
}

std::string refusal_of(const std::string& text) {
  try {
    read_text(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(StudyBenchmarks, ReadsWhatWasMeasured) {
  const BenchmarkResult result = read_text(kResults);
  ASSERT_EQ(result.rows.size(), 3u);
  EXPECT_EQ(result.failed, 1);
  const BenchmarkRow& product = result.rows[0];
  EXPECT_EQ(product.family + "|" + product.pass + "|" + product.shape + "|" + product.algorithm,
            "conv2d|forward|3x3|winograd");
  EXPECT_DOUBLE_EQ(product.microseconds, 3000);  // the median of the wall clock's
  EXPECT_NEAR(product.gflops(), 100.0 / 3, 1e-9);
  EXPECT_NEAR(product.roof_share, 1.0 / 3, 1e-9);  // 100 MFLOP at 100 GFLOP/s: a millisecond
  const BenchmarkRow& softmax = result.rows[2];
  EXPECT_EQ(softmax.algorithm, "");
  EXPECT_DOUBLE_EQ(softmax.microseconds, 4);    // the processor's time, since the name asks for no other
  EXPECT_NEAR(softmax.roof_share, 0.25, 1e-9);  // 10 kB at 10 GB/s: a microsecond
  EXPECT_DOUBLE_EQ(softmax.ratio(), 1.5);
  EXPECT_TRUE(std::isnan(product.ratio()));
  const std::vector<std::pair<std::string, std::string>> facts{{"cpu", "A CPU"}, {"num_cpus", "2"}};
  EXPECT_EQ(result.facts, facts) << "no time, host or path";
}

TEST(StudyBenchmarks, TablesShowEveryRowAndMediansOfWhatACallRuns) {
  const BenchmarkResult result = read_text(kResults);
  EXPECT_EQ(csv_table(benchmark_table(result)),
            "kernel,shape,algorithm,note,µs,GFLOP/s,GB/s,of the roof %,peer µs,ratio,worst error\n"
            "conv2d forward,3x3,winograd,chosen,3000,33.3,0.33,33,-,-,-\n"
            "conv2d forward,3x3,direct,-,20000,5.00,0.05,5,-,-,-\n"
            "softmax forward,64x7,-,-,4.00,0.25,2.50,25,6.00,1.50,2.5e-07\n");
  EXPECT_EQ(csv_table(families_table(result)),
            "kernel,shapes,GFLOP/s,GB/s,of the roof %,ratio to the peer\n"
            "conv2d forward,1,33.3,0.33,33,-\n"
            "softmax forward,1,0.25,2.50,25,1.50\n");
}

TEST(StudyBenchmarks, SaysWhatIsWrongWithAFile) {
  EXPECT_NE(refusal_of("[1, 2]").find("is no Google Benchmark JSON"), std::string::npos);
  EXPECT_NE(refusal_of("{\"context\": {}, \"benchmarks\": []}").find("no benchmark that succeeded"), std::string::npos);
  EXPECT_NE(refusal_of("{\"context\": {").find("not valid JSON at"), std::string::npos);
  EXPECT_NE(refusal_of(std::string(2000, '[')).find("nested deeper"), std::string::npos);
  std::string text = kResults;
  EXPECT_NE(refusal_of(text.replace(text.find("\"100\""), 5, "\"-1\"")).find("expected a positive number, got -1"),
            std::string::npos);
  text = kResults;
  EXPECT_NE(refusal_of(text.replace(text.find("\"ms\""), 4, "\"h\"")).find("\"conv2d/forward/3x3/winograd/real_time\""),
            std::string::npos);
}

TEST(StudyBenchmarks, AStudyOfThemAlone) {
  const TestFolder folder;
  const auto study = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"study"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {folder / "kernels.toml", "--out", folder / "runs"});
    return run_mueca(words);
  };
  write_file_atomically(folder / "kernels.toml", R"(title = "Kernels"
question = "How fast?"
[[benchmark]]
name = "cpu"
label = "The CPU"
results = "measured.json"
made_by = "bench --json"
[[benchmark]]
name = "gpu"
results = "nobody.json"
made_by = "bench --gpu"
)");
  write_file_atomically(folder / "measured.json", kResults);
  const ToolOutput run = study({"run"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.out.find("conv2d forward"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("missing    gpu: nobody.json is not there; it is made by bench --gpu"), std::string::npos);
  const std::string page = read_file(folder.path() / "runs/kernels/report/report.html", 16 << 20);
  for (const char* words : {"How fast?", "bench --json", "The CPU: kernels under the roof", "nobody.json"})
    EXPECT_NE(page.find(words), std::string::npos) << words;
  EXPECT_EQ(page.find("somebody"), std::string::npos);
  EXPECT_TRUE(fs::exists(folder.path() / "runs/kernels/report/figures/roofline-cpu.svg"));
  EXPECT_TRUE(fs::exists(folder.path() / "runs/kernels/benchmark-cpu.tex"));
  const std::string before = read_file(folder.path() / "runs/kernels/results.json", 16 << 20);
  ASSERT_EQ(study({"report"}).code, 0);
  EXPECT_EQ(before, read_file(folder.path() / "runs/kernels/results.json", 16 << 20));
  const ToolOutput wrong = study({"run", "--data", "cpv=" + (folder / "measured.json")});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("did you mean \"cpu\"?"), std::string::npos) << wrong.err;
}

TEST(StudyBenchmarks, MadeOfTellsOurFigures) {
  ArmResult arm;
  arm.arm.name = "net";
  ArmRun run;
  run.sets.push_back({});
  run.sets[0].n = 100, run.sets[0].accuracy = 0.639;
  arm.runs.push_back(run);
  arm.accuracy.mean = 0.639, arm.accuracy.n = 1;
  EXPECT_EQ(filled_in("It is {net}, not {other}.", std::vector{arm}), "It is 63.9 %, not (not measured).");
  EXPECT_EQ(placeholders_of("{a} and {b:training_accuracy}").at(1).measure, "training_accuracy");
  EXPECT_THROW(placeholders_of("{a"), Error);
  EXPECT_THROW(placeholders_of("{a:speed}"), Error);
}

}  // namespace
}  // namespace mueca
