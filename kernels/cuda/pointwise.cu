// Element by element: activations, sums, dropout, plain vectors. All wait for memory; each comment gives the bytes that
// an element moves, hence its share of a second at 4.3 TB/s, the roof of an H200.
#include <cmath>

#include "kernels/cuda/activate.cuh"
#include "kernels/cuda/map.cuh"

namespace mueca::MUECA_CUDA {
namespace {

// 8 bytes (bfloat16: 4), at most ~20 operations (an exponential and a division): 1.9 ps (0.9).
template <Activation A, class S>
struct Activate {
  const S* x;
  S* y;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    Floats<Width> v = load<Width>(x + i);
#pragma unroll
    for (int k = 0; k < Width; ++k) v.at[k] = activate<A>(v.at[k]);
    store(y + i, v);
  }
};

// gx = gy act'(x), from y where y is enough, else (swish) s + y (1 - s). 12 bytes (bfloat16: 6), swish 16 (8): 2.8 or
// 3.7 ps (1.4 or 1.9).
template <Activation A, class S>
struct ActivateBack {
  const S *x, *y, *gy;
  S* gx;
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

// 12 bytes (bfloat16: 6), one operation: 2.8 ps (1.4).
template <class S>
struct Add {
  const S *a, *b;
  S* y;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    Floats<Width> v = load<Width>(a + i);
    const Floats<Width> w = load<Width>(b + i);
#pragma unroll
    for (int k = 0; k < Width; ++k) v.at[k] += w.at[k];
    store(y + i, v);
  }
};

// One draw decides four elements. 8 bytes (bfloat16: 4) and 25 integer operations: 1.9 ps, the integer units just below
// that; they are what bfloat16 waits for.
template <class S>
struct Drop {
  const S* x;
  S* y;
  RandomKey key;
  const StepNumbers* now;
  std::uint32_t least;  // survives: word / 2^8 >= least
  float survivor;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    Floats<Width> v = load<Width>(x + i);
    if constexpr (Width % 4 == 0) {
#pragma unroll
      for (int j = 0; j < Width; j += 4) {
        const Philox4 four = key.draw(static_cast<std::uint64_t>((i + j) / 4), now->step);
#pragma unroll
        for (int k = 0; k < 4; ++k) v.at[j + k] = four.word[k] >> 8 >= least ? v.at[j + k] * survivor : 0;
      }
    } else {
      static_assert(Width == 1);
      const Philox4 four = key.draw(static_cast<std::uint64_t>(i / 4), now->step);
      const int k = static_cast<int>(i % 4);
      const std::uint32_t low = k % 2 ? four.word[1] : four.word[0], high = k % 2 ? four.word[3] : four.word[2];
      v.at[0] = (k < 2 ? low : high) >> 8 >= least ? v.at[0] * survivor : 0;
    }
    store(y + i, v);
  }
};

// 6 bytes, one operation: 1.4 ps.
template <class From, class To>
struct Convert {
  const From* x;
  To* y;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    store(y + i, load<Width>(x + i));
  }
};

// 4 bytes (bfloat16: 2), no operation: 0.9 ps.
template <class S>
struct Fill {
  S* y;
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
// in a warp. 8 bytes (bfloat16: 4): 1.9 ps (0.9).
template <int Width, class S>
__global__ void __launch_bounds__(kMapThreads)
    copy_runs(const S* x, std::int64_t x_row, S* y, std::int64_t y_row, std::int64_t rows, int runs) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kMapThreads + threadIdx.x, row = i / runs, at = i % runs * Width;
  if (row < rows) store(y + row * y_row + at, load<Width>(x + row * x_row + at));
}

template <class S>
void activate_all(Stream& stream, View<const S, 1> x, View<S, 1> y, Activation kind) {
  const auto run = [&](auto a) {
    map_all<kWidest<S>>(stream, y.size(), Activate<decltype(a)::value, S>{x.data, y.data}, x.data, y.data);
  };
  if (kind == Activation::sigmoid) return run(ActivationTag<Activation::sigmoid>{});
  if (kind == Activation::swish) return run(ActivationTag<Activation::swish>{});
  with_clipping(kind, run);
}

template <class S>
void activate_back(Stream& stream, View<const S, 1> x, View<const S, 1> y, View<const S, 1> gy, View<S, 1> gx,
                   Activation kind) {
  const auto run = [&](auto a) {
    const ActivateBack<decltype(a)::value, S> op{x.data, y.data, gy.data, gx.data};
    map_all<kWidest<S>>(stream, gx.size(), op, x.data, y.data, gy.data, gx.data);
  };
  if (kind == Activation::sigmoid) return run(ActivationTag<Activation::sigmoid>{});
  if (kind == Activation::swish) return run(ActivationTag<Activation::swish>{});
  with_clipping(kind, run);
}

template <class S>
void add_all(Stream& stream, View<const S, 1> a, View<const S, 1> b, View<S, 1> y) {
  map_all<kWidest<S>>(stream, y.size(), Add<S>{a.data, b.data, y.data}, a.data, b.data, y.data);
}

template <class From, class To>
void convert_all(Stream& stream, View<const From, 1> x, View<To, 1> y) {
  map_all<kWidest<To>>(stream, y.size(), Convert<From, To>{x.data, y.data}, x.data, y.data);
}

template <class S>
void fill_all(Stream& stream, View<S, 1> y, float value) {
  map_all<kWidest<S>>(stream, y.size(), Fill<S>{y.data, value}, y.data);
}

template <class S>
void drop_all(Stream& stream, View<const S, 1> x, Numbers numbers, View<S, 1> y, const Dropout& how) {
  // uniform01(word) >= rate, without leaving the integers.
  const auto least = static_cast<std::uint32_t>(std::ceil(static_cast<double>(how.rate) * 0x1p24));
  const Drop<S> op{x.data, y.data, how.key, numbers.data, least, 1 / (1 - how.rate)};
  map_all<kWidest<S>>(stream, y.size(), op, x.data, y.data);
}

template <class S>
void copy_all(Stream& stream, View<const S, 2> x, std::int64_t x0, View<S, 2> y, std::int64_t y0, std::int64_t count) {
  constexpr int kWide = kWidest<S>;
  const std::int64_t rows = y.extent[0], x_row = x.extent[1], y_row = y.extent[1];
  if (rows == 0 || count == 0) return;
  const bool wide =
      count % kWide == 0 && x_row % kWide == 0 && y_row % kWide == 0 && aligned(kWide, x.data + x0, y.data + y0);
  const int runs = static_cast<int>(wide ? count / kWide : count);
  const dim3 grid(blocks_of(rows * runs, kMapThreads)), block(kMapThreads);
  if (wide)
    launch<copy_runs<kWide, S>>(stream, grid, block, std::size_t{0}, x.data + x0, x_row, y.data + y0, y_row, rows,
                                runs);
  else
    launch<copy_runs<1, S>>(stream, grid, block, std::size_t{0}, x.data + x0, x_row, y.data + y0, y_row, rows, runs);
}

}  // namespace

void activation_forward(Stream& stream, In<1> x, Out<1> y, Activation kind) { activate_all(stream, x, y, kind); }
void activation_forward(Stream& stream, View<const bf16, 1> x, View<bf16, 1> y, Activation kind) {
  activate_all(stream, x, y, kind);
}

void activation_backward(Stream& stream, In<1> x, In<1> y, In<1> gy, Out<1> gx, Activation kind) {
  activate_back(stream, x, y, gy, gx, kind);
}
void activation_backward(Stream& stream, View<const bf16, 1> x, View<const bf16, 1> y, View<const bf16, 1> gy,
                         View<bf16, 1> gx, Activation kind) {
  activate_back(stream, x, y, gy, gx, kind);
}

void add_forward(Stream& stream, In<1> a, In<1> b, Out<1> y) { add_all(stream, a, b, y); }
void add_forward(Stream& stream, View<const bf16, 1> a, View<const bf16, 1> b, View<bf16, 1> y) {
  add_all(stream, a, b, y);
}

void narrow(Stream& stream, In<1> x, Out<1> y) { convert_all(stream, x, y); }
void narrow(Stream& stream, In<1> x, View<bf16, 1> y) { convert_all(stream, x, y); }
void widen(Stream& stream, In<1> x, Out<1> y) { convert_all(stream, x, y); }
void widen(Stream& stream, View<const bf16, 1> x, Out<1> y) { convert_all(stream, x, y); }

void dropout_forward(Stream& stream, In<1> x, Numbers numbers, Out<1> y, Dropout how) {
  drop_all(stream, x, numbers, y, how);
}
void dropout_forward(Stream& stream, View<const bf16, 1> x, Numbers numbers, View<bf16, 1> y, Dropout how) {
  drop_all(stream, x, numbers, y, how);
}

void fill(Stream& stream, Out<1> y, float value) { fill_all(stream, y, value); }
void fill(Stream& stream, View<bf16, 1> y, float value) { fill_all(stream, y, value); }

void scale(Stream& stream, In<1> x, In<1> s, float factor, Out<1> y) {
  map_all(stream, y.size(), Scale{x.data, s.data, y.data, factor}, x.data, y.data);
}

void lerp(Stream& stream, In<1> x, In<1> s, float factor, Out<1> y) {
  map_all(stream, y.size(), Lerp{x.data, s.data, y.data, factor}, x.data, y.data);
}

void copy_columns(Stream& stream, In<2> x, std::int64_t x0, Out<2> y, std::int64_t y0, std::int64_t count) {
  copy_all(stream, x, x0, y, y0, count);
}
void copy_columns(Stream& stream, View<const bf16, 2> x, std::int64_t x0, View<bf16, 2> y, std::int64_t y0,
                  std::int64_t count) {
  copy_all(stream, x, x0, y, y0, count);
}

}  // namespace mueca::MUECA_CUDA
