// Activations: a view of a tensor that is stored as float32 or as bfloat16.
#pragma once
#include "core/bf16.h"
#include "core/error.h"
#include "core/view.h"

namespace mueca {

// Any View of one of the two is one, and becomes that View again.
template <int Rank>
struct Activations {
  const void* data = nullptr;
  bool narrow = false;  // bfloat16
  std::int64_t extent[Rank] = {};

  Activations() = default;
  template <class T>
  Activations(View<T, Rank> v)  // NOLINT: every view of activations is one
      : data(v.data), narrow(__is_same(T, bf16) || __is_same(T, const bf16)) {
    static_assert(__is_same(T, float) || __is_same(T, const float) || __is_same(T, bf16) || __is_same(T, const bf16));
    for (int i = 0; i < Rank; ++i) extent[i] = v.extent[i];
  }
  constexpr explicit operator bool() const { return data != nullptr; }
  // Throws Error when they are stored as something else.
  template <class T>
  operator View<T, Rank>() const {  // NOLINT
    constexpr bool kNarrow = __is_same(T, bf16) || __is_same(T, const bf16);
    check(!data || narrow == kNarrow, "kernels: an activation is ", narrow ? "bfloat16" : "float32", ", expected ",
          kNarrow ? "bfloat16" : "float32");
    View<T, Rank> v;
    v.data = static_cast<T*>(const_cast<void*>(data));
    for (int i = 0; i < Rank; ++i) v.extent[i] = extent[i];
    return v;
  }
};

}  // namespace mueca
