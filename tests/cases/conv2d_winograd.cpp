#include "tests/cases/conv2d_winograd.h"

namespace mueca::suite {
namespace {

double bound_of(double products) { return 4 * (products + 24) * kUnit; }

// sum |x| per channel over size x size pixels from (h, w) of image n; outside there is nothing.
std::vector<double> window(const Array& x, Index n, Index h, Index w, Index size) {
  std::vector<double> sum(static_cast<std::size_t>(x.shape[3]));
  for (Index i = h; i < h + size; ++i)
    for (Index j = w; j < w + size; ++j)
      if (inside(i, x.shape[1]) && inside(j, x.shape[2]))
        for (Index c = 0; c < x.shape[3]; ++c) sum[static_cast<std::size_t>(c)] += std::abs(x(n, i, j, c).v);
  return sum;
}

// sum |w| over the filter for each pair of channels.
Array filter_sums(const Array& w) {
  Array sums({w.shape[2], w.shape[3]});
  for (Index i = 0; i < w.size(); ++i) sums(i % sums.size()).v += std::abs(w(i).v);
  return sums;
}

// One convolution of unit stride, forward or turned round: weight(in, out) is a sum |w|.
void widen(const Array& in, Index top, Index left, const std::function<double(Index, Index)>& weight, Array& out) {
  const Index channels = in.shape[3];
  for (Index n = 0; n < out.shape[0]; ++n)
    for (Index p = 0; p < out.shape[1]; ++p)
      for (Index q = 0; q < out.shape[2]; ++q) {
        const std::vector<double> sum = window(in, n, p / 2 * 2 - top, q / 2 * 2 - left, 4);
        for (Index k = 0; k < out.shape[3]; ++k) {
          double magnitude = 0;
          for (Index c = 0; c < channels; ++c) magnitude += sum[static_cast<std::size_t>(c)] * weight(c, k);
          out(n, p, q, k).e += bound_of(static_cast<double>(channels)) * magnitude;
        }
      }
}

}  // namespace

void widen_forward(const Array& x, const Array& w, Conv2d g, Array& y) {
  const Array sums = filter_sums(w);
  widen(
      x, g.pad.top, g.pad.left, [&](Index c, Index k) { return sums(c, k).v; }, y);
}

void widen_backward_data(const Array& gy, const Array& w, Conv2d g, Array& gx) {
  const Array sums = filter_sums(w);
  widen(
      gy, 2 - g.pad.top, 2 - g.pad.left, [&](Index k, Index c) { return sums(c, k).v; }, gx);
}

void widen_backward_weights(const Array& x, const Array& gy, Conv2d g, Array& gw) {
  const Index channels = gw.shape[2], filters = gw.shape[3];
  std::vector<double> magnitude(static_cast<std::size_t>(channels * filters));
  double tiles = 0;
  for (Index n = 0; n < gy.shape[0]; ++n)
    for (Index p = 0; p < gy.shape[1]; p += 2)
      for (Index q = 0; q < gy.shape[2]; q += 2, tiles += 1) {
        const std::vector<double> xs = window(x, n, p - g.pad.top, q - g.pad.left, 4), gs = window(gy, n, p, q, 2);
        for (std::size_t i = 0; i < magnitude.size(); ++i) magnitude[i] += xs[i / gs.size()] * gs[i % gs.size()];
      }
  for (Index i = 0; i < gw.size(); ++i)
    gw(i).e += bound_of(tiles) * magnitude[static_cast<std::size_t>(i) % magnitude.size()];
}

}  // namespace mueca::suite
