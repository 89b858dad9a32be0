// augment: uint8 pack to float training images in one pass.
#include "core/ops/op.h"

namespace mueca {
namespace {

void check_view(const AugmentView& v, Index rows) {
  check(v.source >= 0 && v.source < rows, "augment: sample names image ", v.source, " of ", rows);
}

}  // namespace

Tensor augment(const Tensor& images, std::span<const AugmentSample> samples, Index height, Index width, Index channels,
               float scale, float shift) {
  check(images.defined() && images.dtype() == DType::u8 && images.shape().rank() == 3,
        "augment: images must be uint8 [T, H, W]");
  check(height >= 1 && width >= 1 && channels >= 1, "augment: output ", height, " x ", width, " x ", channels,
        " must be at least 1 x 1 x 1");
  check(images.device() != Device::cuda, "augment: this build has no GPU to hand its samples to");
  for (const AugmentSample& s : samples) {
    check(s.mix >= 0 && s.mix <= 1, "augment: mix must be in [0, 1], got ", s.mix);
    check_view(s.first, images.extent(0));
    if (s.mix < 1) check_view(s.second, images.extent(0));
  }
  const auto n = static_cast<Index>(samples.size());
  Tensor y = make({n, height, width, channels}, images);
  kernels_of(images).augment(stream_for(images), images.view<const std::uint8_t, 3>(), {samples.data(), {n}},
                             y.view<float, 4>(), scale, shift);
  return y;
}

}  // namespace mueca
