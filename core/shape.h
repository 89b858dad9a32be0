// Shape: the extents of a tensor, outermost first; at most five of them, no allocation.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>

namespace mueca {

using Index = std::int64_t;

class Shape {
 public:
  static constexpr int kMaxRank = 5;

  Shape() = default;
  Shape(std::initializer_list<Index> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  // Throws Error when there are more than kMaxRank extents, one is negative, or their product overflows.
  explicit Shape(std::span<const Index> extents);

  int rank() const { return rank_; }
  Index size() const;                // product of the extents; 1 for rank 0
  Index operator[](int axis) const;  // negative axes count from the end; throws Error beyond the rank
  const Index* begin() const { return extents_.data(); }
  const Index* end() const { return extents_.data() + rank_; }
  bool operator==(const Shape&) const = default;

 private:
  std::array<Index, kMaxRank> extents_{};
  int rank_ = 0;
};

std::ostream& operator<<(std::ostream& out, const Shape& shape);  // "[2, 48, 48, 1]"

}  // namespace mueca
