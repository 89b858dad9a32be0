#include "bench/cuda/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/cuda/ceilings.h"
#include "bench/cuda/targets.h"
#include "core/error.h"

namespace mueca::bench {
namespace {

using Json = nlohmann::json;

Json results() {
  return Json::parse(R"({
    "context": {"gpu": "Test GPU", "host_name": "secret", "ceiling.memory.copy": "4000"},
    "benchmarks": [
      {"name": "depthwise3x3/forward/m:2x4x4x8-8k3/tiled/iterations:1/manual_time",
       "run_name": "depthwise3x3/forward/m:2x4x4x8-8k3/tiled/iterations:1/manual_time", "run_type": "iteration",
       "real_time": 10.0, "time_unit": "us", "FLOP": 2e7, "bytes": 3e7, "peer_us": 25.0, "nchw_us": 50.0,
       "spread": 0.03, "error": 1.5e-6, "roof_share": 0.75, "label": "cuDNN graph NHWC, engine 7 | 3 MB"},
      {"run_name": "depthwise3x3/forward/m:4x4x4x8-8k3/tiled", "real_time": 0.02, "time_unit": "ms",
       "peer_us": 8.2},
      {"run_name": "stem/forward/b:2x4x4x1-8k3/stem", "real_time": 1, "time_unit": "us",
       "error_occurred": true, "error_message": "wrong"}
    ]})");
}

TEST(CudaReport, RowsRatiosTargetsAndFailures) {
  const std::string page = cuda_report(results());
  EXPECT_NE(page.find("- gpu: Test GPU\n"), std::string::npos);
  EXPECT_EQ(page.find("secret"), std::string::npos);
  EXPECT_NE(
      page.find("| forward | m:2x4x4x8-8k3 | tiled | 10.0 | 3.00 | 2.00 | 3000 | 75.0 | 25.0 | 2.50 | - | 5.00 | - "
                "| 1.5e-06 | - | cuDNN graph NHWC, engine 7   3 MB |"),
      std::string::npos)
      << page;
  EXPECT_NE(page.find("| depthwise 3x3 forward | best of cuDNN | 1.5 to 2 | 3 | 1.01 (0.410 to 2.50), 2 |"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("| stem, 1 or 3 channels, forward and weights | cuDNN, padded or not | 2 | 4 | not measured |"),
            std::string::npos);
  EXPECT_NE(page.find("- stem/forward/b:2x4x4x1-8k3/stem: wrong\n"), std::string::npos);
}

TEST(CudaReport, TargetsKnowTheirAlgorithms) {
  const Target tf32{"", "", "", "", "conv", "forward", "tf32"}, bf16{"", "", "", "", "conv", "forward", "bf16 wgmma"};
  EXPECT_TRUE(tf32.matches("conv2d", "forward", "tf32"));
  EXPECT_FALSE(tf32.matches("conv2d", "forward", "tf32x3"));
  EXPECT_TRUE(bf16.matches("conv2d", "forward", "bf16") && bf16.matches("conv2d", "forward", "wgmma"));
  EXPECT_FALSE(bf16.matches("conv2d", "backward_data", "wgmma") || bf16.matches("pool", "forward", "wgmma"));
  EXPECT_FALSE(bf16.matches("conv2d", "forward", "bf16 wgmma"));
}

TEST(CudaReport, SaysWhatItExpects) {
  EXPECT_THROW(cuda_report(Json::array()), Error);
  EXPECT_THROW(cuda_report(Json::parse(R"({"context": {}, "benchmarks": [{"name": "a/b/c"}]})")), Error);
  Json odd = results();
  odd["benchmarks"][0]["time_unit"] = "weeks";
  EXPECT_THROW(cuda_report(odd), Error);
}

TEST(Ceilings, RoofIsTheLargerOfTwoTimes) {
  const std::vector<Ceiling> c = {{"compute.fp32 FMA", 60e3},
                                  {"compute.mma tf32", 270e3},
                                  {"compute.mma bf16", 500e3},
                                  {"compute.wgmma bf16", 800e3},
                                  {"memory.copy", 4000}};
  EXPECT_DOUBLE_EQ(roof_microseconds(c, 0, 90e6, 4e6), 1);   // memory; three tf32 products make 90 TFLOP/s
  EXPECT_DOUBLE_EQ(roof_microseconds(c, 0, 180e6, 4e6), 2);  // arithmetic
  EXPECT_DOUBLE_EQ(roof_microseconds(c, 1, 540e6, 4e6), 2);
  EXPECT_DOUBLE_EQ(roof_microseconds(c, 2, 1600e6, 4e6), 2);
  EXPECT_EQ(roof_microseconds({}, 0, 1, 1), 0);
}

}  // namespace
}  // namespace mueca::bench
