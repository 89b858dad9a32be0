// The algorithms of the depthwise CUDA kernels, for tests and benches to force one after the other.
#pragma once
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace mueca {

enum class DepthwiseAlgorithm {
  direct,  // any geometry: a thread sums one output over its window; what the others are compared with
  tiled,   // 3x3 and 5x5, stride 1 and 2, channels by fours (5x5: twos): the filter stays in registers, a row of inputs
           // serves a tile of outputs
};
inline constexpr std::array kDepthwiseAlgorithms = {DepthwiseAlgorithm::direct, DepthwiseAlgorithm::tiled};
inline constexpr std::string_view name_of(DepthwiseAlgorithm a) {
  return a == DepthwiseAlgorithm::direct ? "direct" : "tiled";
}

// For its lifetime, depthwise kernels called by this thread run `algorithm` wherever it takes the geometry.
class ForceDepthwise {
 public:
  explicit ForceDepthwise(DepthwiseAlgorithm algorithm) : before_(std::exchange(forced_, algorithm)) {}
  ~ForceDepthwise() { forced_ = before_; }
  ForceDepthwise(const ForceDepthwise&) = delete;
  ForceDepthwise& operator=(const ForceDepthwise&) = delete;
  static DepthwiseAlgorithm chosen() { return forced_.value_or(DepthwiseAlgorithm::tiled); }

 private:
  static inline thread_local std::optional<DepthwiseAlgorithm> forced_;
  std::optional<DepthwiseAlgorithm> before_;
};

}  // namespace mueca
