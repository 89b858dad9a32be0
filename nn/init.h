// Initial values. Each parameter draws from its own Philox key, made of the seed and its name: adding a layer
// elsewhere changes no other layer's start.
#pragma once
#include <cstdint>
#include <string_view>

#include "core/tensor.h"

namespace mueca {

// 64 bits that differ for every (seed, name): FNV-1a over the name, mixed with the seed (SplitMix64's finaliser).
std::uint64_t seed_of(std::uint64_t seed, std::string_view name);

// Normal with standard deviation sqrt(2 / fan_in) (He et al. 2015).
Tensor he_normal(Shape shape, Index fan_in, std::uint64_t seed, std::string_view name);
// Uniform in +-sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010).
Tensor glorot_uniform(Shape shape, Index fan_in, Index fan_out, std::uint64_t seed, std::string_view name);

}  // namespace mueca
