#include "core/files/share.h"

#include <gtest/gtest.h>

namespace mueca {
namespace {

TEST(Share, WithoutAnInstallationItIsTheSourceTree) {
  EXPECT_TRUE(std::filesystem::exists(share_folder("weights") / "baseline_cnn_gap_fer2013.h5"));
  EXPECT_TRUE(std::filesystem::exists(share_folder("studies") / "quick.toml"));
  EXPECT_TRUE(std::filesystem::exists(share_folder("recipes") / "fer2013_cpu.toml"));
}

}  // namespace
}  // namespace mueca
