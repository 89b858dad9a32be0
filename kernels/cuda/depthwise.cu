// Depthwise convolution: forward, with bias and clipping in the same pass, and the gradient of the data.
#include <cmath>

#include "kernels/cuda/depthwise.cuh"

namespace mueca::MUECA_CUDA {
namespace {

// What an output goes through before it is stored: y = clip(sum + b).
struct Finish {
  const float* b = nullptr;  // [C] or null
  float low = -INFINITY, high = INFINITY;
  explicit Finish(In<1> bias = {}, Activation a = Activation::none) : b(bias.data) {
    if (a != Activation::none) low = 0;
    if (a == Activation::relu6) high = 6;
  }
  template <int Width, class S>
  __device__ void to(S* y, Floats<Width> v, int c) const {
    const Floats<Width> more = b ? load<Width>(b + c) : all<Width>(0);
#pragma unroll
    for (int k = 0; k < Width; ++k) {
      v.at[k] += more.at[k];
      v.at[k] = v.at[k] < low ? low : v.at[k] > high ? high : v.at[k];  // a NaN stays one
    }
    store(y, v);
  }
};

// Thread: Width channels of one output. 8 bytes of an element as ever (bfloat16: 4), but each input is asked for R S
// times.
template <class S, int Width>
__global__ void __launch_bounds__(256)
    direct(const S* __restrict__ x, const float* __restrict__ w, S* __restrict__ y, Depthwise d, Finish finish) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x), runs = d.channels / Width;
  const int q = i / runs, c = i % runs * Width, p = static_cast<int>(blockIdx.y);
  if (q >= d.columns) return;
  for (std::int64_t n = blockIdx.z; n < d.images; n += gridDim.z) {
    Floats<Width> sum = all<Width>(0);
    for (int r = 0; r < d.r; ++r)
      for (int s = 0; s < d.s; ++s) {
        const int h = p * d.stride + r - d.top, v = q * d.stride + s - d.left;
        if (h < 0 || h >= d.height || v < 0 || v >= d.width) continue;
        add_product(sum, load<Width>(x + ((n * d.height + h) * d.width + v) * d.channels + c),
                    load<Width>(w + (r * d.s + s) * d.channels + c));
      }
    finish.to(y + ((n * d.rows + p) * d.columns + q) * d.channels + c, sum, c);
  }
}

// Thread: Width channels of one input: gy of all outputs that read it.
template <class S, int Width>
__global__ void __launch_bounds__(256)
    direct_back(const S* __restrict__ gy, const float* __restrict__ w, S* __restrict__ gx, Depthwise d) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x), runs = d.channels / Width;
  const int v = i / runs, c = i % runs * Width, h = static_cast<int>(blockIdx.y);
  if (v >= d.width) return;
  for (std::int64_t n = blockIdx.z; n < d.images; n += gridDim.z) {
    Floats<Width> sum = all<Width>(0);
    for (int r = 0; r < d.r; ++r)
      for (int s = 0; s < d.s; ++s) {
        const int p = h + d.top - r, q = v + d.left - s;  // times the stride
        if (p < 0 || q < 0 || p % d.stride != 0 || q % d.stride != 0) continue;
        if (p / d.stride >= d.rows || q / d.stride >= d.columns) continue;
        add_product(sum, load<Width>(gy + ((n * d.rows + p / d.stride) * d.columns + q / d.stride) * d.channels + c),
                    load<Width>(w + (r * d.s + s) * d.channels + c));
      }
    store(gx + ((n * d.height + h) * d.width + v) * d.channels + c, sum);
  }
}

template <int R, int Width>
struct Filter {
  Floats<Width> at[R][R];
};

// Turned: by half a turn.
template <int R, int Width>
__device__ Filter<R, Width> load_filter(const float* w, int channels, bool turned) {
  Filter<R, Width> f;
#pragma unroll
  for (int r = 0; r < R; ++r)
#pragma unroll
    for (int s = 0; s < R; ++s) f.at[r][s] = load<Width>(w + (turned ? R * R - 1 - r * R - s : r * R + s) * channels);
  return f;
}

// Thread: Width channels of a tile of High x Wide outputs. An input row is in registers once and goes into all outputs
// that read it; the filter stays in registers. 3x3 stride 1: 24 loads of L1 for 8 outputs, of L2 a row in 1.5, of
// memory 8 bytes (bfloat16: 4) and 9 products of an element: 1.9 ps (0.9) at 4.3 TB/s. With the filter turned it is the
// data's gradient.
template <class S, int R, int Stride, int Width, int High, int Wide>
__global__ void __launch_bounds__(256) tiled(const S* __restrict__ x, const float* __restrict__ w, S* __restrict__ y,
                                             Depthwise d, Finish finish, bool turned) {
  constexpr int kRows = (High - 1) * Stride + R, kColumns = (Wide - 1) * Stride + R;
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x), runs = d.channels / Width;
  const int q = i / runs * Wide, c = i % runs * Width, p = static_cast<int>(blockIdx.y) * High;
  if (q >= d.columns) return;
  const Filter<R, Width> f = load_filter<R, Width>(w + c, d.channels, turned);
  const int top = p * Stride - d.top, left = q * Stride - d.left;
  for (std::int64_t n = blockIdx.z; n < d.images; n += gridDim.z) {
    Floats<Width> sum[High][Wide];
#pragma unroll
    for (int a = 0; a < High; ++a)
#pragma unroll
      for (int b = 0; b < Wide; ++b) sum[a][b] = all<Width>(0);
#pragma unroll
    for (int row = 0; row < kRows; ++row) {
      const int h = top + row;
      const S* const line = x + ((n * d.height + h) * d.width + left) * d.channels + c;
      Floats<Width> in[kColumns];
#pragma unroll
      for (int v = 0; v < kColumns; ++v)
        in[v] = h >= 0 && h < d.height && left + v >= 0 && left + v < d.width ? load<Width>(line + v * d.channels)
                                                                              : all<Width>(0);
#pragma unroll
      for (int a = 0; a < High; ++a) {
        const int r = row - a * Stride;
        if (r < 0 || r >= R) continue;
#pragma unroll
        for (int b = 0; b < Wide; ++b)
#pragma unroll
          for (int s = 0; s < R; ++s) add_product(sum[a][b], in[b * Stride + s], f.at[r][s]);
      }
    }
#pragma unroll
    for (int a = 0; a < High; ++a)
#pragma unroll
      for (int b = 0; b < Wide; ++b)
        if (p + a < d.rows && q + b < d.columns)
          finish.to(y + ((n * d.rows + p + a) * d.columns + q + b) * d.channels + c, sum[a][b], c);
  }
}

// The data's gradient of stride 2. Thread: Width channels of Wide blocks of 2 x 2 inputs, laid so that the same taps
// reach the same place of each: input (2 a + i - top, 2 b + j - left) is the sum of gy[a - k, b - l] w[2 k + i, 2 l +
// j]. 5 bytes (bfloat16: 2.5) of an input and 9/4 products: 1.2 ps (0.6) at 4.3 TB/s.
template <class S, int R, int Width, int Wide>
__global__ void __launch_bounds__(256)
    tiled_back(const S* __restrict__ gy, const float* __restrict__ w, S* __restrict__ gx, Depthwise d) {
  constexpr int kTaps = (R + 1) / 2;
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x), runs = d.channels / Width;
  const int b = d.left / 2 + i / runs * Wide, c = i % runs * Width, a = d.top / 2 + static_cast<int>(blockIdx.y);
  if (2 * b - d.left >= d.width) return;
  const Filter<R, Width> f = load_filter<R, Width>(w + c, d.channels, false);
  for (std::int64_t n = blockIdx.z; n < d.images; n += gridDim.z) {
    Floats<Width> g[kTaps][kTaps + Wide - 1];  // gy[a - k, b + l - (kTaps - 1)]
#pragma unroll
    for (int k = 0; k < kTaps; ++k)
#pragma unroll
      for (int l = 0; l < kTaps + Wide - 1; ++l) {
        const int p = a - k, q = b + l - (kTaps - 1);
        g[k][l] = p >= 0 && p < d.rows && q >= 0 && q < d.columns
                      ? load<Width>(gy + ((n * d.rows + p) * d.columns + q) * d.channels + c)
                      : all<Width>(0);
      }
#pragma unroll
    for (int i2 = 0; i2 < 2; ++i2)
#pragma unroll
      for (int j2 = 0; j2 < 2 * Wide; ++j2) {
        const int h = 2 * a + i2 - d.top, v = 2 * b + j2 - d.left;
        Floats<Width> sum = all<Width>(0);
#pragma unroll
        for (int k = 0; 2 * k + i2 < R; ++k)
#pragma unroll
          for (int l = 0; 2 * l + j2 % 2 < R; ++l)
            add_product(sum, g[k][j2 / 2 + kTaps - 1 - l], f.at[2 * k + i2][2 * l + j2 % 2]);
        if (h >= 0 && h < d.height && v >= 0 && v < d.width)
          store(gx + ((n * d.height + h) * d.width + v) * d.channels + c, sum);
      }
  }
}

template <int R, int Stride, class S>
void launch_tiled(Stream& stream, const S* x, const float* w, S* y, const Depthwise& d, const Finish& finish,
                  bool turned) {
  constexpr int kHigh = Stride == 1 ? 4 : 2, kWide = Stride == 1 && R == 5 ? 4 : 2, kWidth = kTileWidth<R>;
  const int across = (d.columns + kWide - 1) / kWide * (d.channels / kWidth);
  const dim3 block = tile_block(across);
  launch<tiled<S, R, Stride, kWidth, kHigh, kWide>>(stream,
                                                    tile_grid(d.images, across, (d.rows + kHigh - 1) / kHigh, block.x),
                                                    block, std::size_t{0}, x, w, y, d, finish, turned);
}

template <int R, class S>
void launch_tiled_back(Stream& stream, const S* gy, const float* w, S* gx, const Depthwise& d) {
  constexpr int kWide = 2, kWidth = kTileWidth<R>;
  const int down = (d.height - 1 + d.top) / 2 - d.top / 2 + 1, pairs = (d.width - 1 + d.left) / 2 - d.left / 2 + 1;
  const int across = (pairs + kWide - 1) / kWide * (d.channels / kWidth);
  const dim3 block = tile_block(across);
  launch<tiled_back<S, R, kWidth, kWide>>(stream, tile_grid(d.images, across, down, block.x), block, std::size_t{0}, gy,
                                          w, gx, d);
}

template <class S>
void forward(Stream& stream, View<const S, 4> x, In<3> w, View<S, 4> y, const Conv2d& g, const Finish& finish) {
  if (y.size() == 0) return;
  const Depthwise d(x, w, y, g);
  const auto tiles = [&](auto r, auto stride) {
    launch_tiled<decltype(r)::value, decltype(stride)::value>(stream, x.data, w.data, y.data, d, finish, false);
  };
  if (with_tiles(d, tiles, x.data, w.data, y.data, finish.b)) return;
  with_width<kWidest<S>>(
      d.channels,
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const int across = d.columns * (d.channels / kWidth);
        const dim3 block = tile_block(across);
        launch<direct<S, kWidth>>(stream, tile_grid(d.images, across, d.rows, block.x), block, std::size_t{0}, x.data,
                                  w.data, y.data, d, finish);
      },
      x.data, w.data, y.data, finish.b);
}

template <class S>
void backward(Stream& stream, View<const S, 4> gy, In<3> w, View<S, 4> gx, Conv2d g) {
  if (gx.size() == 0) return;
  const Depthwise d(gx, w, gy, g);
  const auto tiles = [&](auto filter, auto stride) {
    constexpr int kR = decltype(filter)::value;
    if constexpr (decltype(stride)::value == 1) {  // again a convolution, of gy
      const Depthwise turned(gy, w, gx, {1, {kR - 1 - g.pad.top, kR - 1 - g.pad.left, 0, 0}});
      launch_tiled<kR, 1>(stream, gy.data, w.data, gx.data, turned, Finish(), true);
    } else {
      launch_tiled_back<kR>(stream, gy.data, w.data, gx.data, d);
    }
  };
  if (with_tiles(d, tiles, gy.data, w.data, gx.data)) return;
  with_width<kWidest<S>>(
      d.channels,
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const int across = d.width * (d.channels / kWidth);
        const dim3 block = tile_block(across);
        launch<direct_back<S, kWidth>>(stream, tile_grid(d.images, across, d.height, block.x), block, std::size_t{0},
                                       gy.data, w.data, gx.data, d);
      },
      gy.data, w.data, gx.data);
}

}  // namespace

void depthwise_forward(Stream& stream, In<4> x, In<3> w, In<1> b, Out<4> y, Conv2d g) {
  forward(stream, x, w, y, g, Finish(b));
}
void depthwise_forward(Stream& stream, View<const bf16, 4> x, In<3> w, In<1> b, View<bf16, 4> y, Conv2d g) {
  forward(stream, x, w, y, g, Finish(b));
}

void depthwise_fused_forward(Stream& stream, In<4> x, In<3> w, In<1> b, Out<4> y, Conv2d g, Activation activation) {
  forward(stream, x, w, y, g, Finish(b, activation));
}
void depthwise_fused_forward(Stream& stream, View<const bf16, 4> x, In<3> w, In<1> b, View<bf16, 4> y, Conv2d g,
                             Activation activation) {
  forward(stream, x, w, y, g, Finish(b, activation));
}

void depthwise_backward_data(Stream& stream, In<4> gy, In<3> w, Out<4> gx, Conv2d g) { backward(stream, gy, w, gx, g); }
void depthwise_backward_data(Stream& stream, View<const bf16, 4> gy, In<3> w, View<bf16, 4> gx, Conv2d g) {
  backward(stream, gy, w, gx, g);
}

}  // namespace mueca::MUECA_CUDA
