#include "core/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace mueca {
namespace {

const std::vector<std::string> kNames{"title", "data", "recipe", "arm", "baseline_cnn"};

TEST(Nearest, FindsOneSlipOfTheKeyboard) {
  EXPECT_EQ(nearest("titel", kNames), "title");
  EXPECT_EQ(nearest("dta", kNames), "data");
  EXPECT_EQ(nearest("Recipes", kNames), "recipe");
  EXPECT_EQ(nearest("arn", kNames), "arm");
  EXPECT_EQ(nearest("basline_cn", kNames), "baseline_cnn");
  EXPECT_EQ(did_you_mean("titel", kNames), ", did you mean \"title\"?");
}

TEST(Nearest, SaysNothingAboutWordsThatAreFarFromAll) {
  EXPECT_EQ(nearest("quantum", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
  EXPECT_EQ(nearest("xy", kNames), "");
  EXPECT_EQ(nearest(std::string(100000, 'a'), kNames), "");
  EXPECT_EQ(nearest("title", {}), "");
  EXPECT_EQ(did_you_mean("quantum", kNames), "");
}

}  // namespace
}  // namespace mueca
