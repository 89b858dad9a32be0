// The extents of one convolution, gathered from its views. Letters as in core/kernel_list.h.
#pragma once
#include <cstdint>

#include "core/kernel_list.h"

namespace mueca {

struct ConvShape {
  std::int64_t n, h, w, c, p, q, k, r, s;
  std::int64_t stride, top, left, bottom, right;
  bool operator==(const ConvShape&) const = default;
};

// x [N, H, W, C], w [R, S, C, K], y [N, P, Q, K], of any constness.
template <class X, class W, class Y>
ConvShape conv_shape(const X& x, const W& w, const Y& y, const Conv2d& g) {
  return {x.extent[0], x.extent[1], x.extent[2], x.extent[3], y.extent[1], y.extent[2],  y.extent[3],
          w.extent[0], w.extent[1], g.stride,    g.pad.top,   g.pad.left,  g.pad.bottom, g.pad.right};
}

// The outputs [begin, end) of `count` whose tap `tap` falls inside `extent`: 0 <= i * stride + tap - before < extent.
struct Range {
  std::int64_t begin, end;
};
inline Range valid_outputs(std::int64_t count, std::int64_t extent, std::int64_t stride, std::int64_t before,
                           std::int64_t tap) {
  const std::int64_t shift = before - tap;  // need i * stride >= shift and i * stride < extent + shift
  const std::int64_t begin = shift > 0 ? (shift + stride - 1) / stride : 0;
  const std::int64_t end = extent + shift > 0 ? (extent + shift - 1) / stride + 1 : 0;
  return {begin < count ? begin : count, end < count ? (end > begin ? end : begin) : count};
}

}  // namespace mueca
