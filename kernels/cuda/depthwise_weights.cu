// The gradient of a depthwise filter: gw[r, s, c] = sum over n, p, q of x[n, p stride + r - top, q stride + s - left,
// c] gy[n, p, q, c]. Strips of outputs in floats, their sums in double, strips in order.
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/depthwise.cuh"

namespace mueca::MUECA_CUDA {
namespace {

// Block: a strip of outputs (rows of gy as [N P Q, C]) for tap blockIdx.z; thread: Width channels. x and gy are read
// once for each of the R S taps.
template <class S, int Width>
__global__ void __launch_bounds__(kColumnThreads)
    direct_weights(const S* __restrict__ x, const S* __restrict__ gy, Depthwise d, Columns c, double* partial) {
  const ColumnThread t(c, Width);
  const int tap = static_cast<int>(blockIdx.z), r = tap / d.s, s = tap % d.s;
  double sum[Width] = {};
  for (std::int64_t row = t.first; t.active && row < t.end; row += c.deep) {
    const std::int64_t n = row / (std::int64_t{d.rows} * d.columns);
    const int place = static_cast<int>(row - n * d.rows * d.columns);
    const int h = place / d.columns * d.stride + r - d.top, v = place % d.columns * d.stride + s - d.left;
    if (h < 0 || h >= d.height || v < 0 || v >= d.width) continue;
    const Floats<Width> in = load<Width>(x + ((n * d.height + h) * d.width + v) * d.channels + t.column);
    const Floats<Width> g = load<Width>(gy + row * d.channels + t.column);
#pragma unroll
    for (int k = 0; k < Width; ++k) sum[k] += in.at[k] * g.at[k];
  }
  add_rows(c, t, sum);
  put_partial(c, t, tap, sum, partial);
}

// Blocks of a multiprocessor that registers must suffice for, 0 where ptxas may choose: for bfloat16 and 5x5 it would
// choose two, and spill.
template <class S, int R>
inline constexpr int kBlocks = sizeof(S) == 2 && R == 5 ? 1 : 0;

// Block: a strip of runs of Wide outputs in a row ([N P ceil(Q / Wide), C]); thread: Width channels, the sums of all
// taps in registers, so that x and gy come from memory once, and a run's row of x serves Wide outputs. 3x3: 18 loads of
// x and 4 of gy in L1 for 4 outputs; of memory 8 bytes (bfloat16: 4) and 9 products of an element: 1.9 ps (0.9) at
// 4.3 TB/s.
template <class S, int R, int Stride, int Width, int Wide>
__global__ void __launch_bounds__(kColumnThreads, kBlocks<S, R>)
    tiled_weights(const S* __restrict__ x, const S* __restrict__ gy, Depthwise d, Columns c, double* partial) {
  constexpr int kColumns = (Wide - 1) * Stride + R;
  const ColumnThread t(c, Width);
  const int runs = (d.columns + Wide - 1) / Wide;  // of a row of outputs
  Floats<Width> sum[R][R];
#pragma unroll
  for (int r = 0; r < R; ++r)
#pragma unroll
    for (int s = 0; s < R; ++s) sum[r][s] = all<Width>(0);
  for (std::int64_t item = t.first; t.active && item < t.end; item += c.deep) {
    const int line = static_cast<int>(item) / runs, q = static_cast<int>(item) % runs * Wide;  // line of [N P]
    const int p = line % d.rows, top = p * Stride - d.top, left = q * Stride - d.left;
    const std::int64_t n = line / d.rows;
    Floats<Width> g[Wide];
#pragma unroll
    for (int b = 0; b < Wide; ++b)
      g[b] = q + b < d.columns ? load<Width>(gy + (std::int64_t{line} * d.columns + q + b) * d.channels + t.column)
                               : all<Width>(0);
#pragma unroll
    for (int r = 0; r < R; ++r) {
      const int h = top + r;
      const S* const row = x + ((n * d.height + h) * d.width + left) * d.channels + t.column;
      Floats<Width> in[kColumns];
#pragma unroll
      for (int v = 0; v < kColumns; ++v)
        in[v] = h >= 0 && h < d.height && left + v >= 0 && left + v < d.width ? load<Width>(row + v * d.channels)
                                                                              : all<Width>(0);
#pragma unroll
      for (int s = 0; s < R; ++s)
#pragma unroll
        for (int b = 0; b < Wide; ++b) add_product(sum[r][s], in[b * Stride + s], g[b]);
    }
  }
#pragma unroll
  for (int r = 0; r < R; ++r)
#pragma unroll
    for (int s = 0; s < R; ++s) {
      double tap[Width];
#pragma unroll
      for (int k = 0; k < Width; ++k) tap[k] = sum[r][s].at[k];
      add_rows(c, t, tap);
      put_partial(c, t, r * R + s, tap, partial);
    }
}

template <class S>
void backward(Stream& stream, View<const S, 4> x, View<const S, 4> gy, Out<3> gw, Conv2d g) {
  const Depthwise d(x, gw, gy, g);
  if (gw.size() == 0) return;
  const auto sum_up = [&](const Columns& c, const auto& run) {
    const Buffer scratch = partial_sums(stream, c, d.r * d.s);
    run(static_cast<double*>(scratch.data()));
    finish_columns(stream, static_cast<const double*>(scratch.data()), gw.size(), c.strips, gw.data);
  };
  const auto tiles = [&](auto filter, auto stride) {
    constexpr int kR = decltype(filter)::value, kStride = decltype(stride)::value;
    constexpr int kWide = kStride == 1 ? 4 : 2, kWidth = kTileWidth<kR>;
    const std::int64_t items = d.images * d.rows * ((d.columns + kWide - 1) / kWide);
    check(items < std::int64_t{1} << 31, "depthwise_backward_weights: ", items, " runs of outputs");
    const Columns c(items, d.channels, kWidth, 4);
    sum_up(c, [&](double* partial) {
      launch<tiled_weights<S, kR, kStride, kWidth, kWide>>(stream, c.grid(), c.block(), std::size_t{0}, x.data, gy.data,
                                                           d, c, partial);
    });
  };
  if (with_tiles(d, tiles, x.data, gy.data)) return;
  with_width<kWidest<S>>(
      d.channels,
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const Columns c(d.images * d.rows * d.columns, d.channels, kWidth, 16);
        const dim3 grid(c.grid().x, c.grid().y, static_cast<unsigned>(d.r * d.s));
        sum_up(c, [&](double* partial) {
          launch<direct_weights<S, kWidth>>(stream, grid, c.block(), std::size_t{0}, x.data, gy.data, d, c, partial);
        });
      },
      x.data, gy.data);
}

}  // namespace

void depthwise_backward_weights(Stream& stream, In<4> x, In<4> gy, Out<3> gw, Conv2d g) {
  backward(stream, x, gy, gw, g);
}
void depthwise_backward_weights(Stream& stream, View<const bf16, 4> x, View<const bf16, 4> gy, Out<3> gw, Conv2d g) {
  backward(stream, x, gy, gw, g);
}

}  // namespace mueca::MUECA_CUDA
