#include "core/shape.h"

#include <algorithm>
#include <ostream>

#include "core/error.h"

namespace mueca {

Shape::Shape(std::span<const Index> extents) : rank_(static_cast<int>(extents.size())) {
  check(extents.size() <= kMaxRank, "shape: at most ", kMaxRank, " extents, got ", extents.size());
  Index product = 1;
  for (Index extent : extents) {
    check(extent >= 0, "shape: extents are not negative, got ", extent);
    check(!__builtin_mul_overflow(product, std::max<Index>(extent, 1), &product), "shape: too many elements");
  }
  std::copy(extents.begin(), extents.end(), extents_.begin());
}

Index Shape::size() const {
  Index product = 1;
  for (Index extent : *this) product *= extent;
  return product;
}

Index Shape::operator[](int axis) const {
  const int i = axis < 0 ? axis + rank_ : axis;
  check(i >= 0 && i < rank_, "shape: axis ", axis, " of ", *this);
  return extents_[static_cast<std::size_t>(i)];
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '[';
  for (int i = 0; i < shape.rank(); ++i) out << (i ? ", " : "") << shape[i];
  return out << ']';
}

}  // namespace mueca
