// Bilinear resizing with half-pixel centres.
#include "kernels/cuda/vector.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kThreads = 256;

// One axis: output i reads inputs `low` and `high` with weights 1 - part and part.
struct Axis {
  int inputs, outputs;
  double step;
  Axis(std::int64_t in, std::int64_t out)
      : inputs(static_cast<int>(in)),
        outputs(static_cast<int>(out)),
        step(static_cast<double>(in) / static_cast<double>(out)) {}
  struct Tap {
    int low, high;
    float part;
    __device__ float weight(int input) const { return (low == input ? 1 - part : 0) + (high == input ? part : 0); }
  };
  __device__ Tap tap(int i) const {
    double at = (i + 0.5) * step - 0.5;
    at = at > 0 ? (at < inputs - 1 ? at : inputs - 1) : 0;
    const int low = static_cast<int>(at);
    return {low, low + 1 < inputs ? low + 1 : low, static_cast<float>(at - low)};
  }
  // Outputs from first to last may read an input; one more on either side, because coordinates are rounded.
  __device__ int first(int input) const {
    const double at = input == 0 ? 0 : (input - 0.5) / step - 1.5;
    return at > 0 ? static_cast<int>(at) : 0;
  }
  __device__ int last(int input) const {
    const double at = input == inputs - 1 ? outputs : (input + 1.5) / step + 0.5;
    return at < outputs - 1 ? static_cast<int>(at) : outputs - 1;
  }
};

struct Resizing {
  std::int64_t images;
  int channels;
  Axis down, across;
  Resizing(const std::int64_t (&x)[4], const std::int64_t (&y)[4])
      : images(x[0]), channels(static_cast<int>(x[3])), down(x[1], y[1]), across(x[2], y[2]) {}
  dim3 grid(int runs, int high) const {
    return dim3(blocks_of(runs, kThreads), static_cast<unsigned>(high),
                static_cast<unsigned>(std::min<std::int64_t>(images, 65535)));
  }
};

// Thread: Width channels of one output, of four inputs, along columns first. Caches hold the inputs: enlarging moves 4
// bytes of an output (bfloat16: 2), shrinking by two 20 (10); 6 operations: 0.9 to 4.7 ps (0.5 to 2.3) of an output at
// 4.3 TB/s.
template <int Width, class S>
__global__ void __launch_bounds__(kThreads) resize(const S* __restrict__ x, S* __restrict__ y, Resizing d) {
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x), runs = d.channels / Width;
  const int q = i / runs, c = i % runs * Width, p = static_cast<int>(blockIdx.y), width = d.across.inputs;
  if (q >= d.across.outputs) return;
  const Axis::Tap v = d.down.tap(p), h = d.across.tap(q);
  for (std::int64_t n = blockIdx.z; n < d.images; n += gridDim.z) {
    const S* const above = x + (n * d.down.inputs + v.low) * width * d.channels + c;
    const S* const below = x + (n * d.down.inputs + v.high) * width * d.channels + c;
    const std::int64_t low = std::int64_t{h.low} * d.channels, high = std::int64_t{h.high} * d.channels;
    const Floats<Width> a = load<Width>(above + low), b = load<Width>(above + high);
    const Floats<Width> e = load<Width>(below + low), f = load<Width>(below + high);
    Floats<Width> out;
#pragma unroll
    for (int k = 0; k < Width; ++k)
      out.at[k] = (1 - v.part) * ((1 - h.part) * a.at[k] + h.part * b.at[k]) +
                  v.part * ((1 - h.part) * e.at[k] + h.part * f.at[k]);
    store(y + ((n * d.down.outputs + p) * d.across.outputs + q) * d.channels + c, out);
  }
}

// Thread: Width channels of one input, which gathers from the outputs that read it, in row-major order. Every gy once
// from memory, every gx once: 0.9 ps (bfloat16: 0.5) of either at 4.3 TB/s. Of eight channels ptxas left alone spills
// some around its divisions of doubles; of fewer (0: as it likes) it does not.
template <int Width, class S>
__global__ void __launch_bounds__(kThreads, Width == 8 ? 5 : 0)
    resize_back(const S* __restrict__ gy, S* __restrict__ gx, Resizing d) {
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x), runs = d.channels / Width;
  const int w = i / runs, c = i % runs * Width, h = static_cast<int>(blockIdx.y);
  if (w >= d.across.inputs) return;
  const int p0 = d.down.first(h), p1 = d.down.last(h), q0 = d.across.first(w), q1 = d.across.last(w);
  for (std::int64_t n = blockIdx.z; n < d.images; n += gridDim.z) {
    Floats<Width> sum = all<Width>(0);
    for (int p = p0; p <= p1; ++p) {
      const float row = d.down.tap(p).weight(h);
      if (row == 0) continue;
      for (int q = q0; q <= q1; ++q) {
        const float weight = row * d.across.tap(q).weight(w);
        if (weight == 0) continue;
        const Floats<Width> g = load<Width>(gy + ((n * d.down.outputs + p) * d.across.outputs + q) * d.channels + c);
#pragma unroll
        for (int k = 0; k < Width; ++k) sum.at[k] += weight * g.at[k];
      }
    }
    store(gx + ((n * d.down.inputs + h) * d.across.inputs + w) * d.channels + c, sum);
  }
}

template <class S>
void resize_all(Stream& stream, View<const S, 4> x, View<S, 4> y) {
  if (y.size() == 0) return;
  const Resizing d(x.extent, y.extent);
  with_width<kWidest<S>>(
      d.channels,
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        launch<resize<kWidth, S>>(stream, d.grid(d.across.outputs * (d.channels / kWidth), d.down.outputs),
                                  dim3(kThreads), std::size_t{0}, x.data, y.data, d);
      },
      x.data, y.data);
}

template <class S>
void resize_all_back(Stream& stream, View<const S, 4> gy, View<S, 4> gx) {
  if (gx.size() == 0) return;
  const Resizing d(gx.extent, gy.extent);
  with_width<kWidest<S>>(
      d.channels,
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        launch<resize_back<kWidth, S>>(stream, d.grid(d.across.inputs * (d.channels / kWidth), d.down.inputs),
                                       dim3(kThreads), std::size_t{0}, gy.data, gx.data, d);
      },
      gy.data, gx.data);
}

}  // namespace

void resize_bilinear_forward(Stream& stream, In<4> x, Out<4> y) { resize_all(stream, x, y); }
void resize_bilinear_forward(Stream& stream, View<const bf16, 4> x, View<bf16, 4> y) { resize_all(stream, x, y); }

void resize_bilinear_backward(Stream& stream, In<4> gy, Out<4> gx) { resize_all_back(stream, gy, gx); }
void resize_bilinear_backward(Stream& stream, View<const bf16, 4> gy, View<bf16, 4> gx) {
  resize_all_back(stream, gy, gx);
}

}  // namespace mueca::MUECA_CUDA
