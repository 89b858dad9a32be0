// The gradient of a convolution's input: gx [N H W, C] = patches(gy) turned(w)^T. With a stride, pixels of gx fall into
// stride^2 classes by which taps reach them, each a convolution without stride of its own.
#include "kernels/cuda/linear.cuh"

namespace mueca::MUECA_CUDA {
namespace {

// Along one axis, of a class: pixels first, first + stride, ... of `extent`; output i - j + start through tap j.
struct Class {
  int first, count, tap0, taps, start;
};
Class class_of(int first, std::int64_t extent, std::int64_t before, std::int64_t taps, std::int64_t stride) {
  const std::int64_t tap0 = (first + before) % stride;
  return {first, static_cast<int>((extent - first + stride - 1) / stride), static_cast<int>(tap0),
          static_cast<int>(taps > tap0 ? (taps - tap0 + stride - 1) / stride : 0),
          static_cast<int>((first + before - tap0) / stride)};
}

template <class S, class W>
ConvData<S, W> product_of(const ConvShape& d, const S* gy, const W* w, S* gx, const Class& down, const Class& across) {
  const std::int64_t taps = std::int64_t{down.taps} * across.taps;
  ConvData<S, W> p;
  p.a = patches_of(gy, {d.n, d.p, d.q, d.k, down.count, across.count, d.c, down.taps, across.taps, 1, -down.start,
                        -across.start, 0, 0});
  p.a.step = -1;
  p.b.data = w, p.b.lines = static_cast<int>(d.c), p.b.columns = static_cast<int>(taps * d.k);
  p.b.vector = d.k % kWidest<W> == 0 && aligned16(w);
  p.b.filters = static_cast<int>(d.k), p.b.width = static_cast<int>(d.s), p.b.stride = static_cast<int>(d.stride);
  p.b.r0 = down.tap0, p.b.s0 = across.tap0;
  p.b.by_filters = Divisor(d.k), p.b.by_taps = Divisor(across.taps);
  p.depth = static_cast<int>(taps * d.k);
  p.to = target(gx, d.n * down.count * across.count, d.c);
  p.to.size = d.n * d.h * d.w * d.c;
  p.to.stride = static_cast<int>(d.stride), p.to.first_h = down.first, p.to.first_w = across.first;
  p.to.height = static_cast<int>(d.h), p.to.width = static_cast<int>(d.w);
  p.to.by_image = p.a.by_image, p.to.by_row = p.a.by_row;
  return p;
}

template <class S>
void backward_data(Stream& stream, View<const S, 4> gy, In<4> w, View<S, 4> gx, Conv2d g) {
  const ConvShape d = conv_shape(gx, w, gy, g);
  const Algorithm algorithm = algorithm_for(Pass::backward_data, d, kNarrow<S>);
  if (algorithm == Algorithm::wgmma)
    return wgmma_backward_data(stream, d, gy.data, w.data, target(gx.data, d.n * d.h * d.w, d.c));
  const std::int64_t rows = d.n * d.p * d.q;  // of a product: of each class, that is about as many as gy's pixels
  with_filter<S>(stream, algorithm, rows, {w.data, d.r * d.s * d.c, d.k}, [&]<class W>(const Matrix<W>& filter) {
    if (is_1x1(d)) {
      const std::int64_t pixels = d.n * d.h * d.w;
      return run_dense(
          stream, algorithm,
          DenseData<S, W>{{gy.data, pixels, d.k}, filter, static_cast<int>(d.k), 0, target(gx.data, pixels, d.c)});
    }
    for (int h = 0; h < d.stride && h < d.h; ++h)
      for (int v = 0; v < d.stride && v < d.w; ++v)
        run_product(stream, algorithm,
                    product_of(d, gy.data, filter.data, gx.data, class_of(h, d.h, d.top, d.r, d.stride),
                               class_of(v, d.w, d.left, d.s, d.stride)));
  });
}

}  // namespace

void conv2d_backward_data(Stream& stream, In<4> gy, In<4> w, Out<4> gx, Conv2d g) {
  backward_data(stream, gy, w, gx, g);
}
void conv2d_backward_data(Stream& stream, View<const bf16, 4> gy, In<4> w, View<bf16, 4> gx, Conv2d g) {
  backward_data(stream, gy, w, gx, g);
}

}  // namespace mueca::MUECA_CUDA
