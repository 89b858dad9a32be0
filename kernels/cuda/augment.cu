// Training images from the uint8 pack: warp, contrast, brightness, erasing and mixup in one pass.
#include "kernels/cuda/vector.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kThreads = 256;

__device__ inline double clamped(double at, double last) { return at > 0 ? (at < last ? at : last) : 0; }  // NaN: 0

// The gray value of output pixel (p, q) of a view, in [0, 255].
__device__ inline float gray_of(Images images, const AugmentView& view, int p, int q) {
  if (p >= view.erase[0] && p < view.erase[2] && q >= view.erase[1] && q < view.erase[3]) return view.fill;
  const std::int64_t height = images.extent[1], width = images.extent[2];
  const std::uint8_t* const image = images.data + view.source * height * width;
  const double row =
      clamped(double{view.m[0]} * p + double{view.m[2]} + double{view.m[1]} * q, static_cast<double>(height - 1));
  const double column =
      clamped(double{view.m[3]} * p + double{view.m[5]} + double{view.m[4]} * q, static_cast<double>(width - 1));
  const std::int64_t top = static_cast<std::int64_t>(row), left = static_cast<std::int64_t>(column);
  const std::int64_t bottom = top + 1 < height ? top + 1 : top, right = left + 1 < width ? left + 1 : left;
  const float v = static_cast<float>(row - static_cast<double>(top));
  const float h = static_cast<float>(column - static_cast<double>(left));
  const float above = (1 - h) * image[top * width + left] + h * image[top * width + right];
  const float below = (1 - h) * image[bottom * width + left] + h * image[bottom * width + right];
  const float gray = ((1 - v) * above + v * below - 127.5f) * view.contrast + 127.5f + view.brightness;
  return gray < 0 ? 0 : gray > 255 ? 255 : gray;
}

// Thread: an output pixel in all of its channels. Block: 256 pixels of image blockIdx.y. Some 5 bytes of a pixel (one
// of the pack, which caches hold for its neighbours, and 4 per channel), some 40 operations, 10 of them in double:
// 1.2 ps at 4.3 TB/s.
__global__ void __launch_bounds__(kThreads)
    warp_images(Images images, Samples samples, Out<4> y, float scale, float shift) {
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  const int rows = static_cast<int>(y.extent[1]), columns = static_cast<int>(y.extent[2]);
  const int channels = static_cast<int>(y.extent[3]);
  if (i >= rows * columns) return;
  const int p = i / columns, q = i % columns;
  for (std::int64_t n = blockIdx.y; n < y.extent[0]; n += gridDim.y) {
    const AugmentSample& sample = samples.data[n];
    float gray = sample.mix * gray_of(images, sample.first, p, q);
    if (sample.mix < 1) gray += (1 - sample.mix) * gray_of(images, sample.second, p, q);
    float* const out = y.data + (n * rows * columns + i) * channels;
    for (int c = 0; c < channels; ++c) out[c] = gray * scale + shift;
  }
}

}  // namespace

void augment(Stream& stream, Images images, Samples samples, Out<4> y, float scale, float shift) {
  if (y.size() == 0) return;
  const auto images_at_once = static_cast<unsigned>(std::min<std::int64_t>(y.extent[0], 65535));
  launch<warp_images>(stream, dim3(blocks_of(y.extent[1] * y.extent[2], kThreads), images_at_once), dim3(kThreads),
                      std::size_t{0}, images, samples, y, scale, shift);
}

}  // namespace mueca::MUECA_CUDA
