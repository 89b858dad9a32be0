// From an activation that is known at run time to one that the compiler knows.
#pragma once
#include "core/kernel_args.h"

namespace mueca {

template <Activation A>
struct ActivationTag {
  static constexpr Activation value = A;
};

// body(ActivationTag) of a run-time activation among none, relu and relu6: those without exponentials.
template <class Body>
void with_clipping(Activation a, const Body& body) {
  if (a == Activation::relu) return body(ActivationTag<Activation::relu>{});
  if (a == Activation::relu6) return body(ActivationTag<Activation::relu6>{});
  body(ActivationTag<Activation::none>{});
}

}  // namespace mueca
