// Element by element: activations, sums, dropout, plain vectors. All wait for memory; each comment gives the bytes that
// an element moves, hence its share of a second at 4.3 TB/s, the roof of an H200.
#include <cmath>

#include "kernels/cuda/activate.cuh"
#include "kernels/cuda/map.cuh"

namespace mueca::MUECA_CUDA {
namespace {

// 8 bytes, at most ~20 operations (an exponential and a division): 1.9 ps.
template <Activation A>
struct Activate {
  const float* x;
  float* y;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    Floats<Width> v = load<Width>(x + i);
#pragma unroll
    for (int k = 0; k < Width; ++k) v.at[k] = activate<A>(v.at[k]);
    store(y + i, v);
  }
};

// gx = gy act'(x), from y where y is enough, else (swish) s + y (1 - s). 12 bytes, swish 16: 2.8 or 3.7 ps.
template <Activation A>
struct ActivateBack {
  const float *x, *y, *gy;
  float* gx;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    const Floats<Width> top = load<Width>(y + i);
    Floats<Width> g = load<Width>(gy + i), in = top;
    if constexpr (A == Activation::swish) in = load<Width>(x + i);
#pragma unroll
    for (int k = 0; k < Width; ++k) {
      if constexpr (A == Activation::sigmoid) {
        g.at[k] *= top.at[k] * (1 - top.at[k]);
      } else if constexpr (A == Activation::swish) {
        const float s = sigmoid(in.at[k]);
        g.at[k] *= s + top.at[k] * (1 - s);
      } else {
        g.at[k] = mask<A>(g.at[k], top.at[k]);
      }
    }
    store(gx + i, g);
  }
};

// 12 bytes, one operation: 2.8 ps.
struct Add {
  const float *a, *b;
  float* y;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    Floats<Width> v = load<Width>(a + i);
    const Floats<Width> w = load<Width>(b + i);
#pragma unroll
    for (int k = 0; k < Width; ++k) v.at[k] += w.at[k];
    store(y + i, v);
  }
};

// One draw decides four elements. 8 bytes and 25 integer operations: 1.9 ps, the integer units just below that.
struct Drop {
  const float* x;
  float* y;
  RandomKey key;
  const StepNumbers* now;
  std::uint32_t least;  // survives: word / 2^8 >= least
  float survivor;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    const Philox4 four = key.draw(static_cast<std::uint64_t>(i / 4), now->step);
    Floats<Width> v = load<Width>(x + i);
    if constexpr (Width == 4) {
#pragma unroll
      for (int k = 0; k < 4; ++k) v.at[k] = four.word[k] >> 8 >= least ? v.at[k] * survivor : 0;
    } else {
      const int k = static_cast<int>(i % 4);
      const std::uint32_t low = k % 2 ? four.word[1] : four.word[0], high = k % 2 ? four.word[3] : four.word[2];
      v.at[0] = (k < 2 ? low : high) >> 8 >= least ? v.at[0] * survivor : 0;
    }
    store(y + i, v);
  }
};

// 4 bytes, no operation: 0.9 ps.
struct Fill {
  float* y;
  float value;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    store(y + i, all<Width>(value));
  }
};

// y = x s factor, s in memory; ones leave y as it is where it is x. 8 bytes, two operations: 1.9 ps.
struct Scale {
  const float *x, *s;
  float* y;
  float factor;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    const float by = *s;
    if (by == 1 && factor == 1 && x == y) return;
    Floats<Width> v = load<Width>(x + i);
#pragma unroll
    for (int k = 0; k < Width; ++k) v.at[k] = v.at[k] * by * factor;
    store(y + i, v);
  }
};

// y += t (x - y), t = s factor, s in memory or absent. 12 bytes, three operations: 2.8 ps.
struct Lerp {
  const float *x, *s;
  float* y;
  float factor;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    Floats<Width> v = load<Width>(y + i);
    const Floats<Width> to = load<Width>(x + i);
    const float t = s ? *s * factor : factor;
#pragma unroll
    for (int k = 0; k < Width; ++k) v.at[k] += t * (to.at[k] - v.at[k]);
    store(y + i, v);
  }
};

// Thread: Width neighbours of a row. Block: 256 runs of a stretch of rows, so that neighbours in memory are neighbours
// in a warp. 8 bytes: 1.9 ps.
template <int Width>
__global__ void __launch_bounds__(kMapThreads)
    copy_runs(const float* x, std::int64_t x_row, float* y, std::int64_t y_row, std::int64_t rows, int runs) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kMapThreads + threadIdx.x, row = i / runs, at = i % runs * Width;
  if (row < rows) store(y + row * y_row + at, load<Width>(x + row * x_row + at));
}

template <Activation A>
void activate_all(Stream& stream, In<1> x, Out<1> y) {
  map_all(stream, y.size(), Activate<A>{x.data, y.data}, x.data, y.data);
}

template <Activation A>
void activate_back(Stream& stream, In<1> x, In<1> y, In<1> gy, Out<1> gx) {
  map_all(stream, gx.size(), ActivateBack<A>{x.data, y.data, gy.data, gx.data}, x.data, y.data, gy.data, gx.data);
}

}  // namespace

void activation_forward(Stream& stream, In<1> x, Out<1> y, Activation kind) {
  if (kind == Activation::sigmoid) return activate_all<Activation::sigmoid>(stream, x, y);
  if (kind == Activation::swish) return activate_all<Activation::swish>(stream, x, y);
  with_clipping(kind, [&](auto a) { activate_all<decltype(a)::value>(stream, x, y); });
}

void activation_backward(Stream& stream, In<1> x, In<1> y, In<1> gy, Out<1> gx, Activation kind) {
  if (kind == Activation::sigmoid) return activate_back<Activation::sigmoid>(stream, x, y, gy, gx);
  if (kind == Activation::swish) return activate_back<Activation::swish>(stream, x, y, gy, gx);
  with_clipping(kind, [&](auto a) { activate_back<decltype(a)::value>(stream, x, y, gy, gx); });
}

void add_forward(Stream& stream, In<1> a, In<1> b, Out<1> y) {
  map_all(stream, y.size(), Add{a.data, b.data, y.data}, a.data, b.data, y.data);
}

void dropout_forward(Stream& stream, In<1> x, Numbers numbers, Out<1> y, Dropout how) {
  // uniform01(word) >= rate, without leaving the integers.
  const auto least = static_cast<std::uint32_t>(std::ceil(static_cast<double>(how.rate) * 0x1p24));
  map_all(stream, y.size(), Drop{x.data, y.data, how.key, numbers.data, least, 1 / (1 - how.rate)}, x.data, y.data);
}

void fill(Stream& stream, Out<1> y, float value) { map_all(stream, y.size(), Fill{y.data, value}, y.data); }

void scale(Stream& stream, In<1> x, In<1> s, float factor, Out<1> y) {
  map_all(stream, y.size(), Scale{x.data, s.data, y.data, factor}, x.data, y.data);
}

void lerp(Stream& stream, In<1> x, In<1> s, float factor, Out<1> y) {
  map_all(stream, y.size(), Lerp{x.data, s.data, y.data, factor}, x.data, y.data);
}

void copy_columns(Stream& stream, In<2> x, std::int64_t x0, Out<2> y, std::int64_t y0, std::int64_t count) {
  const std::int64_t rows = y.extent[0], x_row = x.extent[1], y_row = y.extent[1];
  if (rows == 0 || count == 0) return;
  const bool four = count % 4 == 0 && x_row % 4 == 0 && y_row % 4 == 0 && aligned(4, x.data + x0, y.data + y0);
  const int runs = static_cast<int>(four ? count / 4 : count);
  const dim3 grid(blocks_of(rows * runs, kMapThreads)), block(kMapThreads);
  if (four)
    launch<copy_runs<4>>(stream, grid, block, std::size_t{0}, x.data + x0, x_row, y.data + y0, y_row, rows, runs);
  else
    launch<copy_runs<1>>(stream, grid, block, std::size_t{0}, x.data + x0, x_row, y.data + y0, y_row, rows, runs);
}

}  // namespace mueca::MUECA_CUDA
