#include "nn/clip.h"

#include "core/kernels.h"

namespace mueca {

void clip_global_norm(const Tensor& gradient, float max_norm, const Tensor& figures) {
  check(max_norm >= 0, "clip: max_norm must not be negative, got ", max_norm);
  const Device device = gradient.device();
  const auto& k = kernels(device);
  Stream& stream = stream_of(device);
  const Tensor square({1}, DType::f32, device);
  const auto g = gradient.view<float, 1>();
  k.sum_of_squares(stream, g, square.view<float, 1>());
  k.clip_factor(stream, square.view<float, 1>(), max_norm, figures.view<float, 1>());
  if (max_norm > 0) k.scale(stream, g, figures.slice(1, 1, {1}).view<float, 1>(), 1, g);
}

}  // namespace mueca
