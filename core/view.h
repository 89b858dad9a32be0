// View: what a kernel sees of a tensor - a pointer and extents, contiguous, innermost last. Plain enough for .cu files.
#pragma once
#include <cstdint>

namespace mueca {

template <class T, int Rank>
struct View {
  T* data = nullptr;  // nullptr: an optional argument that is absent
  std::int64_t extent[Rank] = {};

  constexpr std::int64_t size() const {
    std::int64_t product = 1;
    for (int i = 0; i < Rank; ++i) product *= extent[i];
    return product;
  }
  constexpr explicit operator bool() const { return data != nullptr; }
  template <class U>
  requires(__is_same(U, const T) && !__is_same(T, const T)) constexpr operator View<U, Rank>() const {
    View<U, Rank> v;
    v.data = data;
    for (int i = 0; i < Rank; ++i) v.extent[i] = extent[i];
    return v;
  }
};

}  // namespace mueca
