// Every job of every family, shrunk, on the executor: what is measured on a GPU is verified here by the same program.
#include "bench/cuda/jobs.h"

#include <gtest/gtest.h>

#include <set>

#include "bench/cuda/run_job.h"

namespace mueca::bench {
namespace {

const Plan kTiny{Device::emulated, Scale::tiny, {2}, true};

TEST(BenchJobs, EveryFamilyIsRightOnTheExecutor) {
  std::string why;
  const auto gpu = open_gpu(Device::emulated, &why);
  const Bench bench{*gpu, {.sets = 2, .blocks = 1, .warm = 0, .block_us = 1, .most_calls = 1}, nullptr, 0};
  std::set<std::string> families;
  for (const Job& job : all_jobs(kTiny)) {
    SCOPED_TRACE(job.name());
    Row row;
    ASSERT_NO_THROW(row = run_job(job, bench));
    EXPECT_GT(row.verdict.sampled, 3);
    EXPECT_GT(job.flop, 0);
    EXPECT_GT(job.bytes, 0);
    families.insert(job.family);
  }
  EXPECT_EQ(families, (std::set<std::string>{"stem", "pointwise", "conv2d", "conv_norm", "depthwise3x3", "depthwise5x5",
                                             "batch_norm", "squeeze_excite", "softmax", "pool", "optimizer", "data"}));
}

TEST(BenchJobs, AWrongKernelHasNoRow) {
  std::string why;
  const auto gpu = open_gpu(Device::emulated, &why);
  const Bench bench{*gpu, {.sets = 2, .blocks = 1, .warm = 0}, nullptr, 0};
  for (Job& job : all_jobs(kTiny)) {
    SCOPED_TRACE(job.name());
    const auto right = job.run;
    std::size_t output = 0;
    while (job.tensors[output].role == Role::input) ++output;
    const auto size = static_cast<std::size_t>(job.tensors[output].count());
    const bool narrow = bytes_in(job.tensors[output], ours(job.store)) == 2 * size;
    job.run = [=](Stream& s, void* const* t) {  // all of one output a little off
      right(s, t);
      for (std::size_t i = 0; i < size; ++i) {
        auto* const wide_value = static_cast<float*>(t[output]) + i;
        auto* const narrow_value = static_cast<bf16*>(t[output]) + i;
        if (narrow)
          *narrow_value = narrowed(widened(*narrow_value) * 1.1f);
        else
          *wide_value *= 1.1f;
      }
    };
    EXPECT_THROW(run_job(job, bench), std::exception);
  }
}

TEST(BenchJobs, NamesAreUniqueAndCoverTheNetworks) {
  Plan plan{Device::emulated, Scale::full, {64, 256, 1024}, false};
  std::set<std::string> names;
  for (const Job& job : all_jobs(plan)) EXPECT_TRUE(names.insert(job.name()).second) << job.name();
  EXPECT_GT(names.size(), 500u);
  EXPECT_TRUE(names.contains("conv2d/backward_weights/se_resnet:256x24x24x64-64k3/tf32"));
  EXPECT_TRUE(names.contains("depthwise3x3/forward/mobilenet_v2:1024x24x24x96-96k3s2/tiled"));
  EXPECT_TRUE(names.contains("batch_norm/relu_forward/baseline:64x48x48x32/own@bf16"));
  EXPECT_TRUE(names.contains("stem/forward/baseline:64x48x48x1-32k3/stem"));
}

}  // namespace
}  // namespace mueca::bench
