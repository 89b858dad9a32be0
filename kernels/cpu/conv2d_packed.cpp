// Convolutions for inference: the filter is rearranged once, when the network is loaded, and the bias, the residual sum
// and the activation are part of the same pass. packed[0] says for which algorithm; the filter begins at packed[16].
#include <algorithm>

#include "core/parallel.h"
#include "kernels/cpu/algorithms.h"
#include "kernels/cpu/conv2d_panels.h"
#include "kernels/cpu/conv2d_split.h"
#include "kernels/cpu/strips.h"
#include "kernels/cpu/winograd.h"

namespace mueca::cpu {
namespace {

constexpr std::int64_t kHead = 16;  // floats: the filter starts on a cache line

// y = act(y + residual), for algorithms that know no epilogue.
void finish(In<4> residual, Out<4> y, Activation a) {
  if (!residual && a == Activation::none) return;
  with_clipping(a, [&](auto act) {
    parallel_for(y.size(), kGrain, [&](Index begin, Index end) {
      const float* const from = residual.data;
      for (Index i = begin; i < end; ++i) y.data[i] = activate<act.value>(from ? y.data[i] + from[i] : y.data[i]);
    });
  });
}

}  // namespace

void conv2d_pack(Stream&, In<4> w, Out<1> packed, Conv2d g, std::int64_t height, std::int64_t width) {
  const std::int64_t r = w.extent[0], s = w.extent[1], c = w.extent[2], k = w.extent[3];
  const ConvShape d{1,
                    height,
                    width,
                    c,
                    (height + g.pad.top + g.pad.bottom - r) / g.stride + 1,
                    (width + g.pad.left + g.pad.right - s) / g.stride + 1,
                    k,
                    r,
                    s,
                    g.stride,
                    g.pad.top,
                    g.pad.left,
                    g.pad.bottom,
                    g.pad.right};
  const ConvAlgorithm algorithm = choose_packed(d);
  packed.data[0] = static_cast<float>(algorithm);
  float* const filter = packed.data + kHead;
  if (algorithm == ConvAlgorithm::split) return conv2d_split_pack(w.data, r * s, c, k, filter);
  if (algorithm == ConvAlgorithm::winograd) return winograd_transform_filter(w.data, c, k, filter);
  pack_panels(w.data, r * s * c, k, filter);
}

void conv2d_packed_forward(Stream& stream, In<4> x, In<4> w, In<1> b, In<1> packed, In<4> residual, Out<4> y, Conv2d g,
                           Activation a) {
  constexpr std::int64_t kFew = 4;  // images; more of them are better served by what training uses
  const ConvShape d = conv_shape(x, w, y, g);
  const auto algorithm = static_cast<ConvAlgorithm>(packed.data[0]);
  const float* const filter = packed.data + kHead;
  if (d.n <= kFew && algorithm == ConvAlgorithm::panels)
    return conv2d_panels_forward(d, x.data, filter, {b.data, residual.data, a}, y.data);
  if (algorithm == ConvAlgorithm::split)
    return conv2d_split_packed_forward(d, x.data, filter, {b.data, residual.data, a}, y.data);
  if (algorithm == ConvAlgorithm::winograd) {
    conv2d_winograd_transformed_forward(d, x.data, filter, b.data, y.data);
  } else {
    conv2d_forward(stream, x, w, b, y, g);
  }
  finish(residual, y, a);
}

}  // namespace mueca::cpu
