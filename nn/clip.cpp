#include "nn/clip.h"

#include <cmath>

#include "core/kernels.h"

namespace mueca {

float clip_global_norm(const Tensor& gradient, float max_norm) {
  check(max_norm >= 0, "clip: max_norm must not be negative, got ", max_norm);
  const Device device = gradient.device();
  const auto& k = kernels(device);
  const Tensor square({1}, DType::f32, device);
  k.sum_of_squares(stream_of(device), gradient.view<float, 1>(), square.view<float, 1>());
  const float norm = std::sqrt(square.item());
  if (max_norm > 0 && norm > max_norm && std::isfinite(norm)) {
    const Tensor one = Tensor::full({1}, 1.0f, device);
    k.scale(stream_of(device), gradient.view<float, 1>(), one.view<float, 1>(), max_norm / norm,
            gradient.view<float, 1>());
  }
  return norm;
}

}  // namespace mueca
