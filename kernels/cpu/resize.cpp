// Bilinear resizing with half-pixel centres.
#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

// Output place i reads inputs `low` and `high` with weights 1 - part and part.
struct Tap {
  Index low, high;
  float part;
};

// One tap per output place along an axis, with the edge repeated outside.
std::vector<Tap> taps_of(Index inputs, Index outputs) {
  std::vector<Tap> taps;
  const double step = static_cast<double>(inputs) / static_cast<double>(outputs);
  for (Index i = 0; i < outputs; ++i) {
    const double at = std::clamp((static_cast<double>(i) + 0.5) * step - 0.5, 0.0, static_cast<double>(inputs - 1));
    const auto low = static_cast<Index>(at);
    taps.push_back({low, std::min(low + 1, inputs - 1), static_cast<float>(at - static_cast<double>(low))});
  }
  return taps;
}

}  // namespace

// Each output: four inputs, weighted by distance along rows, then along columns.
void resize_bilinear_forward(Stream&, In<4> x, Out<4> y) {
  const Index height = x.extent[1], width = x.extent[2], channels = x.extent[3];
  const Index rows = y.extent[1], columns = y.extent[2];
  const std::vector<Tap> down = taps_of(height, rows), across = taps_of(width, columns);
  parallel_for(y.extent[0] * rows, grain_of_rows(columns * channels), [&](Index begin, Index end) {
    for (Index np = begin; np < end; ++np) {
      const Tap& v = down[static_cast<std::size_t>(np % rows)];
      const float* above = x.data + (np / rows * height + v.low) * width * channels;
      const float* below = x.data + (np / rows * height + v.high) * width * channels;
      for (Index q = 0; q < columns; ++q) {
        const Tap& h = across[static_cast<std::size_t>(q)];
        float* __restrict out = y.data + (np * columns + q) * channels;
        const float* __restrict a = above + h.low * channels;
        const float* __restrict b = above + h.high * channels;
        const float* __restrict c = below + h.low * channels;
        const float* __restrict d = below + h.high * channels;
        for (Index i = 0; i < channels; ++i)
          out[i] =
              (1 - v.part) * ((1 - h.part) * a[i] + h.part * b[i]) + v.part * ((1 - h.part) * c[i] + h.part * d[i]);
      }
    }
  });
}

// Each input row gathers from the output rows that read it, in order; along columns gradients are scattered.
void resize_bilinear_backward(Stream&, In<4> gy, Out<4> gx) {
  const Index height = gx.extent[1], width = gx.extent[2], channels = gx.extent[3];
  const Index rows = gy.extent[1], columns = gy.extent[2];
  const std::vector<Tap> down = taps_of(height, rows), across = taps_of(width, columns);
  parallel_for(gx.extent[0] * height, grain_of_rows(width * channels), [&](Index begin, Index end) {
    for (Index nh = begin; nh < end; ++nh) {
      const Index h = nh % height;
      float* line = gx.data + nh * width * channels;
      std::fill_n(line, width * channels, 0.0f);
      for (Index p = 0; p < rows; ++p) {
        const Tap& v = down[static_cast<std::size_t>(p)];
        const float weight = (v.low == h ? 1 - v.part : 0) + (v.high == h ? v.part : 0);
        if (v.low != h && v.high != h) continue;
        for (Index q = 0; q < columns; ++q) {
          const Tap& t = across[static_cast<std::size_t>(q)];
          const float* g = gy.data + ((nh / height * rows + p) * columns + q) * channels;
          float *low = line + t.low * channels, *high = line + t.high * channels;
          for (Index i = 0; i < channels; ++i) {
            low[i] += weight * (1 - t.part) * g[i];
            high[i] += weight * t.part * g[i];
          }
        }
      }
    }
  });
}

}  // namespace mueca::cpu
