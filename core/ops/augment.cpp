// augment: uint8 pack to float training images in one pass.
#include "core/ops/op.h"
#include "core/records.h"

namespace mueca {
namespace {

void check_view(const AugmentView& v, Index rows) {
  check(v.source >= 0 && v.source < rows, "augment: sample names image ", v.source, " of ", rows);
}

void check_sizes(const Tensor& images, Index height, Index width, Index channels) {
  check(images.defined() && images.dtype() == DType::u8 && images.shape().rank() == 3,
        "augment: images must be uint8 [T, H, W]");
  check(height >= 1 && width >= 1 && channels >= 1, "augment: output ", height, " x ", width, " x ", channels,
        " must be at least 1 x 1 x 1");
}

}  // namespace

void check_samples(std::span<const AugmentSample> samples, Index images) {
  for (const AugmentSample& s : samples) {
    check(s.mix >= 0 && s.mix <= 1, "augment: mix must be in [0, 1], got ", s.mix);
    check_view(s.first, images);
    if (s.mix < 1) check_view(s.second, images);
  }
}

Tensor augment(const Tensor& images, const Tensor& samples, Index height, Index width, Index channels, float scale,
               float shift) {
  check_sizes(images, height, width, channels);
  const Samples view = records_of<AugmentSample>(samples);
  Tensor y = make_float({view.extent[0], height, width, channels}, images);
  kernels_of(images).augment(stream_for(images), images.view<const std::uint8_t, 3>(), view, y.view<float, 4>(), scale,
                             shift);
  return y;
}

Tensor augment(const Tensor& images, std::span<const AugmentSample> samples, Index height, Index width, Index channels,
               float scale, float shift) {
  check_sizes(images, height, width, channels);
  check_samples(samples, images.extent(0));
  return augment(images, records_on(images.device(), samples), height, width, channels, scale, shift);
}

}  // namespace mueca
