#include "core/shape.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <vector>

#include "core/error.h"

namespace mueca {
namespace {

std::string message_of(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Shape, CountsItsElements) {
  EXPECT_EQ(Shape({2, 48, 48, 3}).size(), 2 * 48 * 48 * 3);
  EXPECT_EQ(Shape().size(), 1);  // a scalar
  EXPECT_EQ(Shape().rank(), 0);
  EXPECT_EQ(Shape({4, 0, 3}).size(), 0);
}

TEST(Shape, CountsNegativeAxesFromTheEnd) {
  const Shape s{2, 3, 4};
  EXPECT_EQ(s[0], 2);
  EXPECT_EQ(s[-1], 4);
  EXPECT_EQ(s[-3], 2);
  EXPECT_EQ(message_of([&] { s[3]; }), "shape: axis 3 of [2, 3, 4]");
  EXPECT_EQ(message_of([&] { s[-4]; }), "shape: axis -4 of [2, 3, 4]");
}

TEST(Shape, ComparesRankAndExtents) {
  EXPECT_EQ(Shape({2, 3}), Shape({2, 3}));
  EXPECT_NE(Shape({2, 3}), Shape({3, 2}));
  EXPECT_NE(Shape({2, 3}), Shape({2, 3, 1}));
  EXPECT_NE(Shape({2, 3}), Shape({2, 3, 0}));
}

TEST(Shape, PrintsAsAList) {
  std::ostringstream out;
  out << Shape{2, 48, 1} << Shape();
  EXPECT_EQ(out.str(), "[2, 48, 1][]");
}

TEST(Shape, RefusesWhatNoTensorHas) {
  EXPECT_EQ(message_of([] { Shape({1, 2, 3, 4, 5, 6}); }), "shape: at most 5 extents, got 6");
  EXPECT_EQ(message_of([] { Shape({2, -1}); }), "shape: extents are not negative, got -1");
  constexpr Index kHuge = std::numeric_limits<Index>::max() / 2;
  EXPECT_EQ(message_of([] { Shape({kHuge, 3}); }), "shape: too many elements");
  // An empty axis does not hide the others: the product of the rest must still fit.
  EXPECT_EQ(message_of([] { Shape({0, kHuge, 3}); }), "shape: too many elements");
  EXPECT_EQ(Shape({5, 1, 1, 1, 1}).rank(), Shape::kMaxRank);
}

}  // namespace
}  // namespace mueca
