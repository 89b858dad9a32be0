#include "apps/embed/knn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/embed/testing.h"
#include "core/parallel.h"

namespace mueca {
namespace {

// Every distance in double, all sorted.
Neighbours brute_force(const Tensor& queries, const Tensor& reference, int k, bool leave_self) {
  const Index d = queries.extent(1);
  Neighbours out{k, {}, {}};
  for (Index i = 0; i < queries.extent(0); ++i) {
    std::vector<std::pair<float, std::int32_t>> all;
    for (Index j = 0; j < reference.extent(0); ++j) {
      if (leave_self && i == j) continue;
      double sum = 0;
      for (Index c = 0; c < d; ++c)
        sum += std::pow(
            static_cast<double>(queries.data()[i * d + c]) - static_cast<double>(reference.data()[j * d + c]), 2);
      all.emplace_back(static_cast<float>(sum), static_cast<std::int32_t>(j));
    }
    std::ranges::sort(all);
    for (int j = 0; j < k; ++j) {
      out.squared_distance.push_back(all[static_cast<std::size_t>(j)].first);
      out.index.push_back(all[static_cast<std::size_t>(j)].second);
    }
  }
  return out;
}

void expect_same(const Neighbours& a, const Neighbours& b) {
  EXPECT_EQ(a.k, b.k);
  EXPECT_EQ(a.index, b.index);
  ASSERT_EQ(a.squared_distance.size(), b.squared_distance.size());
  for (std::size_t i = 0; i < a.squared_distance.size(); ++i)
    EXPECT_FLOAT_EQ(a.squared_distance[i], b.squared_distance[i]);
}

// Whole numbers, so that many distances are equal and all sums exact.
Tensor whole_matrix(Index n, Index d, std::uint32_t values) {
  Tensor x({n, d});
  Random random({3, RandomStream::test});
  for (float& v : x.span()) v = static_cast<float>(random.below(values));
  return x;
}

TEST(Neighbours, MatchBruteForce) {
  expect_same(nearest_neighbours(random_matrix(1500, 7), 25),
              brute_force(random_matrix(1500, 7), random_matrix(1500, 7), 25, true));
  const Tensor wide = random_matrix(300, 200);  // by the matrix units where there are some
  expect_same(nearest_neighbours(wide, 12), brute_force(wide, wide, 12, true));
  const Tensor queries = random_matrix(90, 5, 4), reference = random_matrix(1100, 5, 5);
  expect_same(nearest_neighbours(queries, reference, 9), brute_force(queries, reference, 9, false));
}

TEST(Neighbours, BreakTiesByIndexAndKeepDuplicates) {
  for (const Tensor& x : {whole_matrix(1300, 3, 4), whole_matrix(700, 2, 2), Tensor::full({80, 6}, 7.0f)})
    expect_same(nearest_neighbours(x, 20), brute_force(x, x, 20, true));
}

TEST(Neighbours, AreExactFarFromTheOrigin) {
  Tensor x = random_matrix(600, 4);
  for (float& v : x.span()) v = v * 0.01f + 1000;  // products alone would lose the differences
  expect_same(nearest_neighbours(x, 5), brute_force(x, x, 5, true));
  x.data()[3] = 3e6f;  // one row far away makes every bound wide
  expect_same(nearest_neighbours(x, 5), brute_force(x, x, 5, true));
}

TEST(Neighbours, DoNotDependOnThreads) {
  const Tensor x = random_matrix(900, 20);
  const int before = thread_count();
  set_thread_count(1);
  const Neighbours one = nearest_neighbours(x, 15);
  set_thread_count(3);
  const Neighbours three = nearest_neighbours(x, 15);
  set_thread_count(before);
  EXPECT_EQ(one.index, three.index);
  EXPECT_EQ(one.squared_distance, three.squared_distance);
}

TEST(Neighbours, SayWhatIsWrong) {
  Tensor x = random_matrix(10, 3);
  EXPECT_THROW(nearest_neighbours(x, 10), Error);
  EXPECT_THROW(nearest_neighbours(x, 0), Error);
  EXPECT_NO_THROW(nearest_neighbours(x, x, 10));
  EXPECT_THROW(nearest_neighbours(x, random_matrix(10, 4), 2), Error);
  x.data()[4] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(nearest_neighbours(x, 2), Error);
}

TEST(KnnAccuracy, CountsVotesAndBreaksTiesByTheNearest) {
  //                         0  1  2  3        row 0 sees 1, 2, 3; its nearest has label 1, the majority label 0
  const Neighbours near{3, {1, 2, 3, 0, 2, 3, 3, 1, 0, 2, 1, 0}, std::vector<float>(12)};
  const std::vector<std::int32_t> label = {0, 1, 0, 0};
  EXPECT_DOUBLE_EQ(knn_accuracy(near, label, 1), 1.0 / 4 * 2);  // rows 2 and 3 see each other first
  EXPECT_DOUBLE_EQ(knn_accuracy(near, label, 2), 1.0 / 4 * 2);  // a tie is the nearest's: as k = 1
  EXPECT_DOUBLE_EQ(knn_accuracy(near, label, 3), 3.0 / 4);      // only row 1 stands alone
  EXPECT_THROW(knn_accuracy(near, label, 4), Error);
  EXPECT_THROW(knn_accuracy(near, std::vector<std::int32_t>{0, 1}, 1), Error);
}

TEST(KnnAccuracy, SeparatesTrainingAndTest) {
  const Tensor train = clustered_matrix(300, 8, 3, 30), test = clustered_matrix(60, 8, 3, 30);
  std::vector<std::int32_t> train_label, test_label;
  for (int i = 0; i < 300; ++i) train_label.push_back(i % 3);
  for (int i = 0; i < 60; ++i) test_label.push_back(i % 3);
  const Neighbours near = nearest_neighbours(test, train, 7);
  EXPECT_EQ(knn_accuracy(near, test_label, train_label, 7), 1);
  std::ranges::reverse(test_label);  // row i then claims the label of row 59 - i: equal for one residue in three
  EXPECT_NEAR(knn_accuracy(near, test_label, train_label, 7), 1.0 / 3, 1e-12);
  EXPECT_THROW(knn_accuracy(near, test_label, std::vector<std::int32_t>{1}, 7), Error);
}

TEST(NeighbourPreservation, CountsWhatBothHave) {
  const Neighbours a{2, {1, 2, 0, 2, 0, 1}, std::vector<float>(6)}, b{2, {2, 1, 2, 3, 3, 4}, std::vector<float>(6)};
  EXPECT_DOUBLE_EQ(neighbour_preservation(a, b, 2), 3.0 / 6);
  EXPECT_DOUBLE_EQ(neighbour_preservation(a, a, 2), 1);
  EXPECT_DOUBLE_EQ(neighbour_preservation(a, b, 1), 0);
}

}  // namespace
}  // namespace mueca
