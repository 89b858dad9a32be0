// Candidates come from a matrix product in float32, |b|^2 / 2 - a b, which orders the rows b by their distance to a up
// to rounding. Every row within the bound of that rounding of the k-th is measured again, in double, from differences.
#include "apps/embed/knn.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "apps/embed/lanes.h"
#include "apps/embed/matrix.h"
#include "core/parallel.h"

namespace mueca {
namespace {

constexpr Index kQueryRows = 128, kReferenceRows = 1024;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Candidate {
  float score;  // |b|^2 / 2 - a b
  std::int32_t index;
};

// The rows seen so far whose score lies within `margin` of the k-th smallest.
class Shortlist {
 public:
  Shortlist(int k, float margin) : k_(static_cast<std::size_t>(k)), margin_(margin) {}

  void add(const float* score, Index count, Index first, Index self) {
    const auto keep = [&](Index j) {
      if (first + j != self) rows_.push_back({score[j], static_cast<std::int32_t>(first + j)});
    };
    Index j = 0;
    for (; j + kLanes <= count; j += kLanes) {
      std::uint32_t mask = at_most(score + j, limit_);
      if (mask == 0) continue;
      for (; mask != 0; mask &= mask - 1) keep(j + std::countr_zero(mask));
      if (rows_.size() > kept_ + 2 * k_ + 256) prune();
    }
    for (; j < count; ++j)
      if (score[j] <= limit_) keep(j);
  }

  std::vector<Candidate>& prune() {
    if (rows_.size() > k_) {
      std::nth_element(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(k_) - 1, rows_.end(),
                       [](const Candidate& a, const Candidate& b) { return a.score < b.score; });
      limit_ = rows_[k_ - 1].score + margin_;
      std::erase_if(rows_, [&](const Candidate& c) { return c.score > limit_; });
    }
    kept_ = rows_.size();
    return rows_;
  }

 private:
  std::size_t k_, kept_ = 0;
  float margin_, limit_ = kInfinity;
  std::vector<Candidate> rows_;
};

float squared_distance(const float* a, const float* b, Index d) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index i = 0; i < d; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return static_cast<float>(sum);
}

// Rows shifted by `mean`, which keeps the products small.
struct Rows {
  Tensor values;            // [N, D]
  std::vector<float> half;  // [N] |row|^2 / 2
  float longest = 0;        // largest norm
};

Rows centred_rows(View<const float, 2> x, const Tensor& mean) {
  const Index n = x.extent[0], d = x.extent[1];
  Rows out{Tensor({n, d}), std::vector<float>(static_cast<std::size_t>(n)), 0};
  const float* const middle = mean.data();
  float* const values = out.values.data();
  parallel_for(n, 512, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      float* const to = values + i * d;
      double sum = 0;
#pragma omp simd reduction(+ : sum)
      for (Index j = 0; j < d; ++j) {
        to[j] = x.data[i * d + j] - middle[j];
        sum += static_cast<double>(to[j]) * static_cast<double>(to[j]);
      }
      out.half[static_cast<std::size_t>(i)] = static_cast<float>(sum / 2);
    }
  });
  out.longest = std::sqrt(2 * *std::ranges::max_element(out.half));
  return out;
}

// -x^T of `count` rows from `begin`: the right-hand side of the product. [D, count]
Tensor negative_transpose(const Tensor& x, Index begin, Index count) {
  const Index d = x.extent(1);
  Tensor out({d, count});
  const float* const from = x.data() + begin * d;
  float* const to = out.data();
  for (Index j = 0; j < count; ++j)
    for (Index i = 0; i < d; ++i) to[i * count + j] = -from[j * d + i];
  return out;
}

Neighbours search(const Tensor& queries, const Tensor& reference, int k, bool leave_self) {
  const View<const float, 2> a = check_matrix("neighbours", queries), b = check_matrix("neighbours", reference);
  const Index m = a.extent[0], n = b.extent[0], d = b.extent[1];
  check(a.extent[1] == d, "neighbours: queries and reference must have the same columns, got ", queries.shape(),
        " and ", reference.shape());
  check(n <= std::numeric_limits<std::int32_t>::max(), "neighbours: at most 2^31 - 1 rows, got ", n);
  check(k >= 1 && k <= n - leave_self, "neighbours: k must be from 1 to ", n - leave_self, ", got ", k);
  const Tensor mean = column_means(b);
  const Rows right = centred_rows(b, mean), left = leave_self ? right : centred_rows(a, mean);
  // A block of reference rows stays the right-hand side for all queries; [D, block] and [block].
  std::vector<Tensor> panel, bias;
  for (Index j = 0; j < n; j += kReferenceRows) {
    const Index count = std::min(kReferenceRows, n - j);
    panel.push_back(negative_transpose(right.values, j, count));
    bias.push_back(Tensor::from(
        {count},
        std::span<const float>(right.half).subspan(static_cast<std::size_t>(j), static_cast<std::size_t>(count))));
  }
  Neighbours out{k, std::vector<std::int32_t>(static_cast<std::size_t>(m * k)),
                 std::vector<float>(static_cast<std::size_t>(m * k))};
  parallel_for((m + kQueryRows - 1) / kQueryRows, 1, [&](Index begin, Index end) {
    std::vector<std::pair<float, std::int32_t>> measured;
    for (Index block = begin; block < end; ++block) {
      const Index first = block * kQueryRows, count = std::min(kQueryRows, m - first);
      const Tensor rows = left.values.slice(first * d, count * d, {count, d});
      std::vector<Shortlist> lists;
      for (Index i = 0; i < count; ++i) {
        // A product of D terms is within (D + 3) 2^-24 |a| |b| of the true one; twice for the k-th and for the other
        // row, and once more for equal distances after rounding.
        const float norm = std::sqrt(2 * left.half[static_cast<std::size_t>(first + i)]);
        const float longest = std::max(norm, right.longest);
        lists.emplace_back(k, 3 * static_cast<float>(d + 4) * 0x1p-24f * longest * right.longest);
      }
      for (std::size_t p = 0; p < panel.size(); ++p) {
        const Tensor score = product(rows, panel[p], bias[p]);
        const Index width = score.extent(1);
        for (Index i = 0; i < count; ++i)
          lists[static_cast<std::size_t>(i)].add(score.data() + i * width, width,
                                                 static_cast<Index>(p) * kReferenceRows, leave_self ? first + i : -1);
      }
      for (Index i = 0; i < count; ++i) {
        measured.clear();
        for (const Candidate& c : lists[static_cast<std::size_t>(i)].prune())
          measured.emplace_back(squared_distance(a.data + (first + i) * d, b.data + c.index * d, d), c.index);
        std::partial_sort(measured.begin(), measured.begin() + k, measured.end());
        for (Index j = 0; j < k; ++j) {
          const auto [distance, index] = measured[static_cast<std::size_t>(j)];
          out.index[static_cast<std::size_t>((first + i) * k + j)] = index;
          out.squared_distance[static_cast<std::size_t>((first + i) * k + j)] = distance;
        }
      }
    }
  });
  return out;
}

}  // namespace

Neighbours nearest_neighbours(const Tensor& x, int k) { return search(x, x, k, true); }

Neighbours nearest_neighbours(const Tensor& queries, const Tensor& reference, int k) {
  return search(queries, reference, k, false);
}

Neighbours first_neighbours(const Neighbours& neighbours, int k) {
  check(k >= 1 && k <= neighbours.k, "neighbours: k must be from 1 to the ", neighbours.k, " known, got ", k);
  Neighbours out{k, {}, {}};
  for (std::ptrdiff_t at = 0; at < std::ssize(neighbours.index); at += neighbours.k) {
    const auto index = neighbours.index.begin() + at;
    const auto distance = neighbours.squared_distance.begin() + at;
    out.index.insert(out.index.end(), index, index + k);
    out.squared_distance.insert(out.squared_distance.end(), distance, distance + k);
  }
  return out;
}

double knn_accuracy(const Neighbours& neighbours, std::span<const std::int32_t> labels, int k) {
  return knn_accuracy(neighbours, labels, labels, k);
}

double knn_accuracy(const Neighbours& neighbours, std::span<const std::int32_t> query_labels,
                    std::span<const std::int32_t> reference_labels, int k) {
  check(k >= 1 && k <= neighbours.k, "knn: k must be from 1 to the ", neighbours.k, " neighbours known, got ", k);
  const auto known = static_cast<std::size_t>(neighbours.k);
  check(query_labels.size() * known == neighbours.index.size(), "knn: ", neighbours.index.size() / known,
        " rows need as many labels, got ", query_labels.size());
  std::size_t right = 0;
  for (std::size_t i = 0; i < query_labels.size(); ++i) {
    std::map<std::int32_t, int> votes;
    std::int32_t best = 0;
    for (int pass = 0; pass < 2; ++pass)  // count; then the first that has the most
      for (int j = 0, most = 0; j < k; ++j) {
        const auto at = static_cast<std::size_t>(neighbours.index[i * known + static_cast<std::size_t>(j)]);
        check(at < reference_labels.size(), "knn: neighbour ", at, " has no label; there are ",
              reference_labels.size());
        const std::int32_t label = reference_labels[at];
        if (pass == 0)
          ++votes[label];
        else if (votes[label] > most)
          most = votes[label], best = label;
      }
    right += best == query_labels[i];
  }
  return query_labels.empty() ? 0 : static_cast<double>(right) / static_cast<double>(query_labels.size());
}

double neighbour_preservation(const Neighbours& a, const Neighbours& b, int k) {
  check(k >= 1 && k <= std::min(a.k, b.k), "neighbours: k must be from 1 to ", std::min(a.k, b.k), ", got ", k);
  const std::size_t n = a.index.size() / static_cast<std::size_t>(a.k);
  check(b.index.size() == n * static_cast<std::size_t>(b.k), "neighbours: both lists must be of the same rows");
  std::size_t kept = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto* const first = a.index.data() + i * static_cast<std::size_t>(a.k);
    const auto* const second = b.index.data() + i * static_cast<std::size_t>(b.k);
    for (int j = 0; j < k; ++j) kept += std::find(second, second + k, first[j]) != second + k;
  }
  return static_cast<double>(kept) / static_cast<double>(n * static_cast<std::size_t>(k));
}

}  // namespace mueca
