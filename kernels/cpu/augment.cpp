// Training images from the uint8 pack: warp, contrast, brightness, erasing and mixup in one pass.
#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

// The nearest number in [0, last]; 0 for a NaN.
double clamped(double at, double last) { return std::min(std::max(0.0, at), last); }

// Adds weight * v for output row p of one view; v in [0, 255].
void add_row(const std::uint8_t* image, Index height, Index width, const AugmentView& view, float weight, Index p,
             Index columns, float* out) {
  const double row_start = static_cast<double>(view.m[0]) * static_cast<double>(p) + static_cast<double>(view.m[2]);
  const double column_start = static_cast<double>(view.m[3]) * static_cast<double>(p) + static_cast<double>(view.m[5]);
  const double last_row = static_cast<double>(height - 1), last_column = static_cast<double>(width - 1);
  const bool erasing = p >= view.erase[0] && p < view.erase[2];
  for (Index q = 0; q < columns; ++q) {
    if (erasing && q >= view.erase[1] && q < view.erase[3]) {
      out[q] += weight * view.fill;
      continue;
    }
    const double row = clamped(row_start + static_cast<double>(view.m[1]) * static_cast<double>(q), last_row);
    const double column = clamped(column_start + static_cast<double>(view.m[4]) * static_cast<double>(q), last_column);
    const Index top = static_cast<Index>(row), left = static_cast<Index>(column);
    const Index bottom = std::min(top + 1, height - 1), right = std::min(left + 1, width - 1);
    const float v = static_cast<float>(row - static_cast<double>(top));
    const float h = static_cast<float>(column - static_cast<double>(left));
    const float above = (1 - h) * image[top * width + left] + h * image[top * width + right];
    const float below = (1 - h) * image[bottom * width + left] + h * image[bottom * width + right];
    const float gray = (1 - v) * above + v * below;
    out[q] += weight * std::clamp((gray - 127.5f) * view.contrast + 127.5f + view.brightness, 0.0f, 255.0f);
  }
}

}  // namespace

// Each image: both views of its sample, row by row, then scale and shift into every channel.
void augment(Stream&, Images images, Samples samples, Out<4> y, float scale, float shift) {
  const Index height = images.extent[1], width = images.extent[2];
  const Index rows = y.extent[1], columns = y.extent[2], channels = y.extent[3];
  parallel_for(y.extent[0], 1, [&](Index begin, Index end) {
    std::vector<float> line(static_cast<std::size_t>(columns));
    for (Index np = begin * rows; np < end * rows; ++np) {
      const AugmentSample& sample = samples.data[np / rows];
      std::fill(line.begin(), line.end(), 0.0f);
      add_row(images.data + sample.first.source * height * width, height, width, sample.first, sample.mix, np % rows,
              columns, line.data());
      if (sample.mix < 1)
        add_row(images.data + sample.second.source * height * width, height, width, sample.second, 1 - sample.mix,
                np % rows, columns, line.data());
      float* out = y.data + np * columns * channels;
      for (float gray : line) out = std::fill_n(out, channels, gray * scale + shift);
    }
  });
}

}  // namespace mueca::cpu
