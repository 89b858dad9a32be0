// Max, average and global average pooling.
#include <cmath>

#include "kernels/cuda/columns.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kThreads = 256;

// One side of a pooling from [N, H, W, C] to [N, P, Q, C], and its window. Grids: x over a row's places and channels, y
// over rows, z over images.
struct Pooling {
  std::int64_t images;
  int height, width, rows, columns, channels, size, stride, top, left;

  Pooling(const std::int64_t (&x)[4], const std::int64_t (&y)[4], const Pool2d& how)
      : images(x[0]),
        height(static_cast<int>(x[1])),
        width(static_cast<int>(x[2])),
        rows(static_cast<int>(y[1])),
        columns(static_cast<int>(y[2])),
        channels(static_cast<int>(x[3])),
        size(how.size),
        stride(how.stride),
        top(how.pad.top),
        left(how.pad.left) {}
  dim3 grid(int runs, int high) const {
    return dim3(blocks_of(runs, kThreads), static_cast<unsigned>(high),
                static_cast<unsigned>(std::min<std::int64_t>(images, 65535)));
  }
  // Places [begin, end) of the image that the window of output p reads, along rows or columns.
  __device__ int begin(int p, int before) const { return p * stride > before ? p * stride - before : 0; }
  __device__ int end(int p, int before, int extent) const {
    const int end = p * stride - before + size;
    return end < extent ? end : extent;
  }
  // Outputs [first, last] whose window reads place h of the image.
  __device__ int first(int h, int before) const {
    const int at = h + before - size + 1;
    return at > 0 ? (at + stride - 1) / stride : 0;
  }
  __device__ int last(int h, int before, int outputs) const {
    const int at = (h + before) / stride;
    return at < outputs ? at : outputs - 1;
  }
};

// Thread: Width channels of one output, over its window in row-major order. Windows that tile the image: 4 bytes of an
// input, 4 of an output (bfloat16: 2 and 2), one operation of an input: 2x2 1.2 ps (0.6) of an input at 4.3 TB/s.
template <int Width, bool Max, class S>
__global__ void __launch_bounds__(kThreads, 4) pool(const S* __restrict__ x, S* __restrict__ y, Pooling d) {
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x), runs = d.channels / Width;
  const int q = i / runs, c = i % runs * Width, p = static_cast<int>(blockIdx.y);
  if (q >= d.columns) return;
  const int top = d.begin(p, d.top), bottom = d.end(p, d.top, d.height);
  const int left = d.begin(q, d.left), right = d.end(q, d.left, d.width);
  for (std::int64_t n = blockIdx.z; n < d.images; n += gridDim.z) {
    const S* const image = x + n * d.height * d.width * d.channels + c;
    Floats<Width> best = all<Width>(Max ? -INFINITY : 0);
    for (int h = top; h < bottom; ++h)
      for (int w = left; w < right; ++w) {
        const Floats<Width> v = load<Width>(image + (std::int64_t{h} * d.width + w) * d.channels);
#pragma unroll
        for (int k = 0; k < Width; ++k)
          best.at[k] = !Max ? best.at[k] + v.at[k] : v.at[k] <= best.at[k] ? best.at[k] : v.at[k];
      }
    if constexpr (!Max) {
      const float share = 1 / static_cast<float>((bottom - top) * (right - left));
#pragma unroll
      for (int k = 0; k < Width; ++k) best.at[k] *= share;
    }
    store(y + ((n * d.rows + p) * d.columns + q) * d.channels + c, best);
  }
}

// Thread: Width channels of one window of size x size, where windows tile the image; those that stick out, which no
// output has, get zeros. Each gy goes to the first input that equals y. Every x, y, gy once, every gx once: 2x2 2.3 ps
// (bfloat16: 1.2) of an input at 4.3 TB/s.
template <int Width, class S>
__global__ void __launch_bounds__(kThreads, 5) max_tiles_back(const S* __restrict__ x, const S* __restrict__ y,
                                                              const S* __restrict__ gy, S* __restrict__ gx, Pooling d) {
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x), runs = d.channels / Width;
  const int q = i / runs, c = i % runs * Width, p = static_cast<int>(blockIdx.y), left = q * d.size;
  if (left >= d.width) return;
  const bool read = p < d.rows && q < d.columns;
  for (std::int64_t n = blockIdx.z; n < d.images; n += gridDim.z) {
    const std::int64_t output = ((n * d.rows + p) * d.columns + q) * d.channels + c;
    Floats<Width> rest = all<Width>(0), best = rest;  // what has found no taker yet
    if (read) rest = load<Width>(gy + output), best = load<Width>(y + output);
    for (int h = p * d.size; h < d.end(p, 0, d.height); ++h)
      for (int w = left; w < d.end(q, 0, d.width); ++w) {
        const std::int64_t at = ((n * d.height + h) * d.width + w) * d.channels + c;
        Floats<Width> v = load<Width>(x + at);
#pragma unroll
        for (int k = 0; k < Width; ++k) {
          const bool hit = read && v.at[k] == best.at[k];
          v.at[k] = hit ? rest.at[k] : 0;
          if (hit) rest.at[k] = 0;
        }
        store(gx + at, v);
      }
  }
}

template <class S>
__device__ float value(const S* at) {
  return load<1>(at).at[0];
}

// Whether no input of the window of (p, q) before (h, w) equals its maximum, channel k of x and y.
template <class S>
__device__ bool is_first(const S* image, float best, const Pooling& d, int p, int q, int h, int w) {
  const int left = d.begin(q, d.left), right = d.end(q, d.left, d.width);
  for (int row = d.begin(p, d.top); row <= h; ++row)
    for (int column = left; column < (row < h ? right : w); ++column)
      if (value(image + (std::int64_t{row} * d.width + column) * d.channels) == best) return false;
  return true;
}

// Thread: one input, which gathers from the windows that read it: gy where it is their first maximum, or gy by the
// windows' sizes. Windows overlap, so sums run over outputs in row-major order. Caches hold what neighbours share:
// 3x3 by 2 moves about 10 bytes of an input (average 5), 2.3 (1.2) ps at 4.3 TB/s; half of them in bfloat16, whose
// floor is then the arithmetic of windows.
template <bool Max, class S>
__global__ void __launch_bounds__(kThreads, 5) gather_back(const S* __restrict__ x, const S* __restrict__ y,
                                                           const S* __restrict__ gy, S* __restrict__ gx, Pooling d) {
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  const int w = i / d.channels, c = i % d.channels, h = static_cast<int>(blockIdx.y);
  if (w >= d.width) return;
  const int p0 = d.first(h, d.top), p1 = d.last(h, d.top, d.rows);
  const int q0 = d.first(w, d.left), q1 = d.last(w, d.left, d.columns);
  for (std::int64_t n = blockIdx.z; n < d.images; n += gridDim.z) {
    const std::int64_t at = ((n * d.height + h) * d.width + w) * d.channels + c;
    float sum = 0;
    for (int p = p0; p <= p1; ++p)
      for (int q = q0; q <= q1; ++q) {
        const std::int64_t output = ((n * d.rows + p) * d.columns + q) * d.channels + c;
        if constexpr (Max) {
          const S* const image = x + n * d.height * d.width * d.channels + c;
          const float best = value(y + output);
          if (value(x + at) == best && is_first(image, best, d, p, q, h, w)) sum += value(gy + output);
        } else {
          const int high = d.end(p, d.top, d.height) - d.begin(p, d.top);
          const int wide = d.end(q, d.left, d.width) - d.begin(q, d.left);
          sum += value(gy + output) * (1 / static_cast<float>(high * wide));
        }
      }
    store(gx + at, all<1>(sum));
  }
}

// Block: an image and up to 32 runs of channels; thread: every deep-th place, in floats of 16 terms, then in doubles.
// 4 bytes (bfloat16: 2) and one operation of an input: 0.9 ps (0.5) at 4.3 TB/s.
template <int Width, class S>
__global__ void __launch_bounds__(kColumnThreads, Width == 8 ? 4 : 5)
    mean_places(const S* __restrict__ x, S* __restrict__ y, Columns c, std::int64_t images) {
  ColumnThread t(c, Width);
  for (std::int64_t n = blockIdx.z; n < images; n += gridDim.z) {
    double sum[Width] = {};
    if (t.active)
      for (std::int64_t from = t.row; from < c.rows; from += std::int64_t{16} * c.deep) {
        Floats<Width> run = all<Width>(0);
#pragma unroll 4
        for (int i = 0; i < 16; ++i) {
          const std::int64_t row = from + std::int64_t{i} * c.deep;
          const Floats<Width> v =
              row < c.rows ? load<Width>(x + (n * c.rows + row) * c.columns + t.column) : all<Width>(0);
#pragma unroll
          for (int k = 0; k < Width; ++k) run.at[k] += v.at[k];
        }
#pragma unroll
        for (int k = 0; k < Width; ++k) sum[k] += run.at[k];
      }
    add_rows(c, t, sum);
    if (!t.active || t.row > 0) continue;
    Floats<Width> mean;
#pragma unroll
    for (int k = 0; k < Width; ++k) mean.at[k] = static_cast<float>(sum[k] / static_cast<double>(c.rows));
    store(y + n * c.columns + t.column, mean);
  }
}

// Thread: Width channels of every deep-th place of image blockIdx.z. 4 bytes (bfloat16: 2) of an input: 0.9 ps (0.5).
template <int Width, class S>
__global__ void __launch_bounds__(kColumnThreads, 5)
    share_places(const S* __restrict__ gy, S* __restrict__ gx, Columns c, std::int64_t images) {
  const ColumnThread t(c, Width);
  if (!t.active) return;
  const float share = 1 / static_cast<float>(c.rows);
  for (std::int64_t n = blockIdx.z; n < images; n += gridDim.z) {
    Floats<Width> g = load<Width>(gy + n * c.columns + t.column);
#pragma unroll
    for (int k = 0; k < Width; ++k) g.at[k] *= share;
    for (std::int64_t row = t.first; row < t.end; row += c.deep)
      store(gx + (n * c.rows + row) * c.columns + t.column, g);
  }
}

template <bool Max, class S>
void pool_all(Stream& stream, View<const S, 4> x, View<S, 4> y, const Pool2d& how) {
  if (y.size() == 0) return;
  const Pooling d(x.extent, y.extent, how);
  with_width<kWidest<S>>(
      d.channels,
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        launch<pool<kWidth, Max, S>>(stream, d.grid(d.columns * (d.channels / kWidth), d.rows), dim3(kThreads),
                                     std::size_t{0}, x.data, y.data, d);
      },
      x.data, y.data);
}

template <class S>
void max_back(Stream& stream, View<const S, 4> x, View<const S, 4> y, View<const S, 4> gy, View<S, 4> gx,
              const Pool2d& how) {
  if (gx.size() == 0) return;
  const Pooling d(x.extent, y.extent, how);
  if (how.stride != how.size || how.pad != Padding{}) {
    launch<gather_back<true, S>>(stream, d.grid(d.width * d.channels, d.height), dim3(kThreads), std::size_t{0}, x.data,
                                 y.data, gy.data, gx.data, d);
    return;
  }
  const int high = (d.height + d.size - 1) / d.size, wide = (d.width + d.size - 1) / d.size;
  with_width<kWidest<S>>(
      d.channels,
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        launch<max_tiles_back<kWidth, S>>(stream, d.grid(wide * (d.channels / kWidth), high), dim3(kThreads),
                                          std::size_t{0}, x.data, y.data, gy.data, gx.data, d);
      },
      x.data, y.data, gy.data, gx.data);
}

template <class S>
void average_back(Stream& stream, View<const S, 4> gy, View<S, 4> gx, const Pool2d& how) {
  if (gx.size() == 0) return;
  const Pooling d(gx.extent, gy.extent, how);
  const S* const none = nullptr;
  launch<gather_back<false, S>>(stream, d.grid(d.width * d.channels, d.height), dim3(kThreads), std::size_t{0}, none,
                                none, gy.data, gx.data, d);
}

dim3 with_images(dim3 grid, std::int64_t images) {
  return dim3(grid.x, grid.y, static_cast<unsigned>(std::min<std::int64_t>(images, 65535)));
}

template <class S>
void mean_all_places(Stream& stream, View<const S, 3> x, View<S, 2> y) {
  if (y.size() == 0) return;
  with_width<kWidest<S>>(
      x.extent[2],
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const Columns c(x.extent[1], x.extent[2], kWidth, x.extent[1], 32);  // one strip
        launch<mean_places<kWidth, S>>(stream, with_images(c.grid(), x.extent[0]), c.block(), std::size_t{0}, x.data,
                                       y.data, c, x.extent[0]);
      },
      x.data, y.data);
}

template <class S>
void share_all_places(Stream& stream, View<const S, 2> gy, View<S, 3> gx) {
  if (gx.size() == 0) return;
  with_width<kWidest<S>>(
      gx.extent[2],
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const Columns c(gx.extent[1], gx.extent[2], kWidth, 8);
        launch<share_places<kWidth, S>>(stream, with_images(c.grid(), gx.extent[0]), c.block(), std::size_t{0}, gy.data,
                                        gx.data, c, gx.extent[0]);
      },
      gy.data, gx.data);
}

}  // namespace

void max_pool_forward(Stream& stream, In<4> x, Out<4> y, Pool2d how) { pool_all<true>(stream, x, y, how); }
void max_pool_forward(Stream& stream, View<const bf16, 4> x, View<bf16, 4> y, Pool2d how) {
  pool_all<true>(stream, x, y, how);
}

void avg_pool_forward(Stream& stream, In<4> x, Out<4> y, Pool2d how) { pool_all<false>(stream, x, y, how); }
void avg_pool_forward(Stream& stream, View<const bf16, 4> x, View<bf16, 4> y, Pool2d how) {
  pool_all<false>(stream, x, y, how);
}

void max_pool_backward(Stream& stream, In<4> x, In<4> y, In<4> gy, Out<4> gx, Pool2d how) {
  max_back(stream, x, y, gy, gx, how);
}
void max_pool_backward(Stream& stream, View<const bf16, 4> x, View<const bf16, 4> y, View<const bf16, 4> gy,
                       View<bf16, 4> gx, Pool2d how) {
  max_back(stream, x, y, gy, gx, how);
}

void avg_pool_backward(Stream& stream, In<4> gy, Out<4> gx, Pool2d how) { average_back(stream, gy, gx, how); }
void avg_pool_backward(Stream& stream, View<const bf16, 4> gy, View<bf16, 4> gx, Pool2d how) {
  average_back(stream, gy, gx, how);
}

void global_avg_pool_forward(Stream& stream, In<3> x, Out<2> y) { mean_all_places(stream, x, y); }
void global_avg_pool_forward(Stream& stream, View<const bf16, 3> x, View<bf16, 2> y) { mean_all_places(stream, x, y); }

void global_avg_pool_backward(Stream& stream, In<2> gy, Out<3> gx) { share_all_places(stream, gy, gx); }
void global_avg_pool_backward(Stream& stream, View<const bf16, 2> gy, View<bf16, 3> gx) {
  share_all_places(stream, gy, gx);
}

}  // namespace mueca::MUECA_CUDA
