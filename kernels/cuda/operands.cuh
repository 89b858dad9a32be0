// The matrices that linear maps multiply, as kernels see them: lines of columns, neighbours in memory along a line.
// Only Matrix is stored; Patches and Turned say where an image's and a filter's elements would stand, so that a
// convolution is a product (implicit GEMM) and the ladder of kernels is written once. An operand gives line(i) and
// column(j), whose arithmetic a kernel does once for many elements, and at(line, column): the element, or nullptr for
// a zero (padding, or beyond the edge). Elements are float or bf16; as many columns as 16 bytes hold, from a multiple
// of their number on, are 16 aligned bytes where `vector`.
#pragma once
#include <type_traits>

#include "kernels/cuda/divisor.cuh"
#include "kernels/cuda/vector.cuh"

namespace mueca::MUECA_CUDA {

template <class T>
inline constexpr bool kNarrow = std::is_same_v<T, bf16>;

inline constexpr int kOutside = -(1 << 28);  // added to any coordinate: still below zero

inline bool aligned16(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % 16 == 0; }

// [lines, columns] as it is in memory.
template <class T>
struct Matrix {
  using Element = T;
  const T* data = nullptr;
  int lines = 0, columns = 0;
  bool vector = false;
  using Line = int;  // negative: beyond the edge
  using Column = int;

  Matrix() = default;
  Matrix(const T* from, std::int64_t m, std::int64_t n)
      : data(from),
        lines(static_cast<int>(m)),
        columns(static_cast<int>(n)),
        vector(n % kWidest<T> == 0 && aligned16(from)) {}
  __device__ Line line(int i) const { return i < lines ? i : -1; }
  __device__ Column column(int j) const { return j < columns ? j : -1; }
  __device__ const T* at(Line i, Column j) const {
    return i < 0 || j < 0 ? nullptr : data + std::int64_t{i} * columns + j;
  }
};

// [N P Q, R S C] of an image x[N, H, W, C]: line (n, p, q), column (r, s, c) is x at row p stride - top + r step,
// column q stride - left + s step. step is 1, or -1 for the turned filter of a backward pass.
template <class T>
struct Patches {
  using Element = T;
  const T* data = nullptr;
  int lines = 0, columns = 0;
  bool vector = false;
  int height = 0, width = 0, channels = 0, stride = 1, top = 0, left = 0, step = 1;
  Divisor by_image, by_row, by_channels, by_taps;  // P Q, Q, C, S
  struct Line {
    int pixel, h, w;  // of tap (0, 0); the pixel counts through all images
  };
  struct Column {
    int dh, dw, channel;
  };

  __device__ Line line(int i) const {
    const int n = by_image(i), inside = i - n * by_image.value, p = by_row(inside), q = inside - p * by_row.value;
    const int h = p * stride - top, w = q * stride - left;
    return i < lines ? Line{(n * height + h) * width + w, h, w} : Line{0, kOutside, 0};
  }
  __device__ Column column(int j) const {
    const int tap = by_channels(j), r = by_taps(tap), s = tap - r * by_taps.value;
    return {j < columns ? r * step : kOutside, s * step, j - tap * channels};
  }
  __device__ const T* at(const Line& i, const Column& j) const {
    const int h = i.h + j.dh, w = i.w + j.dw;
    if (static_cast<unsigned>(h) >= static_cast<unsigned>(height)) return nullptr;
    if (static_cast<unsigned>(w) >= static_cast<unsigned>(width)) return nullptr;
    return data + std::int64_t{i.pixel + j.dh * width + j.dw} * channels + j.channel;
  }
};

// [C, taps K] of a filter w[R, S, C, K]: line c, column (i, j, k) is w[r0 + i stride, s0 + j stride, c, k].
template <class T>
struct Turned {
  using Element = T;
  const T* data = nullptr;
  int lines = 0, columns = 0;
  bool vector = false;
  int filters = 0, width = 1, stride = 1, r0 = 0, s0 = 0;  // K, S
  Divisor by_filters, by_taps;                             // K, taps of a row
  using Line = int;
  using Column = std::int64_t;

  __device__ Line line(int i) const { return i < lines ? i : -1; }
  __device__ Column column(int j) const {
    const int tap = by_filters(j), i = by_taps(tap), r = r0 + i * stride, s = s0 + (tap - i * by_taps.value) * stride;
    return j < columns ? std::int64_t{r * width + s} * lines * filters + (j - tap * filters) : -1;
  }
  __device__ const T* at(Line i, Column j) const {
    return i < 0 || j < 0 ? nullptr : data + j + std::int64_t{i} * filters;
  }
};

}  // namespace mueca::MUECA_CUDA
