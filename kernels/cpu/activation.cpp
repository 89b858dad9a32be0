// Pointwise activations.
#include "core/kernel_list.h"
#include "kernels/cpu/pointwise.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

template <Activation A>
void forward(In<1> x, Out<1> y) {
  parallel_for(y.size(), kGrain, [&](Index begin, Index end) {
    const float* __restrict px = x.data;
    float* __restrict py = y.data;
    for (Index i = begin; i < end; ++i) py[i] = activate<A>(px[i]);
  });
}

// gx = gy * slope(i).
template <class Slope>
void backward(In<1> gy, Out<1> gx, const Slope& slope) {
  parallel_for(gx.size(), kGrain, [&](Index begin, Index end) {
    const float* __restrict pgy = gy.data;
    float* __restrict pgx = gx.data;
    for (Index i = begin; i < end; ++i) pgx[i] = pgy[i] * slope(i);
  });
}

}  // namespace

// y = act(x).
void activation_forward(Stream&, In<1> x, Out<1> y, Activation kind) {
  if (kind == Activation::sigmoid) return forward<Activation::sigmoid>(x, y);
  if (kind == Activation::swish) return forward<Activation::swish>(x, y);
  with_clipping(kind, [&](auto a) { forward<a.value>(x, y); });
}

// gx = gy * act'(x), from y where y is enough; swish: s + y (1 - s) with s = sigmoid(x).
void activation_backward(Stream&, In<1> x, In<1> y, In<1> gy, Out<1> gx, Activation kind) {
  const float *px = x.data, *py = y.data;
  if (kind == Activation::sigmoid) return backward(gy, gx, [py](Index i) { return py[i] * (1 - py[i]); });
  if (kind == Activation::swish)
    return backward(gy, gx, [px, py](Index i) {
      const float s = sigmoid(px[i]);
      return s + py[i] * (1 - s);
    });
  with_clipping(kind, [&](auto a) {
    parallel_for(gx.size(), kGrain, [&](Index begin, Index end) {
      float* __restrict pgx = gx.data;
      for (Index i = begin; i < end; ++i) pgx[i] = mask<a.value>(gy.data[i], py[i]);
    });
  });
}

}  // namespace mueca::cpu
