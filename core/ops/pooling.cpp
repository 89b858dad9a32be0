// Max, average and global average pooling, and squeeze-and-excitation, which begins with one.
#include "core/ops/op.h"

namespace mueca {
namespace {

Tensor pooled_output(const char* op, const Tensor& x, Pool2d w) {
  check_activations(op, "x", x, 4, "[N, H, W, C]");
  const Index p = window_extent(op, x.extent(1), w.pad.top, w.pad.bottom, w.size, w.stride);
  const Index q = window_extent(op, x.extent(2), w.pad.left, w.pad.right, w.size, w.stride);
  // Otherwise some window would see padding only, and have neither a maximum nor a mean.
  check(w.pad.top < w.size && w.pad.left < w.size && w.pad.bottom < w.size && w.pad.right < w.size, op,
        ": padding must be smaller than the window of ", w.size);
  return make({x.extent(0), p, q, x.extent(3)}, x);
}

Tensor as_places(const Tensor& x) {
  return x.reshaped({x.extent(0), x.extent(1) * x.extent(2), x.extent(3)});
}  // [N, HW, C]

}  // namespace

Tensor max_pool(const Tensor& x, Pool2d window) {
  Tensor y = pooled_output("max_pool", x, window);
  kernels_of(x).max_pool_forward(stream_for(x), x.act<4>(), y.act<4>(), window);
  return record({"max_pool", window}, y, {x}, [x = x.detached(), y, window](const Tensor& gy) -> Gradients {
    Tensor gx = make_like(x);
    kernels_of(gy).max_pool_backward(stream_for(gy), x.act<4>(), y.act<4>(), gy.act<4>(), gx.act<4>(), window);
    return {gx};
  });
}

Tensor avg_pool(const Tensor& x, Pool2d window) {
  Tensor y = pooled_output("avg_pool", x, window);
  kernels_of(x).avg_pool_forward(stream_for(x), x.act<4>(), y.act<4>(), window);
  return record({"avg_pool", window}, y, {x}, [before = x.shape(), window](const Tensor& gy) -> Gradients {
    Tensor gx = make(before, gy);
    kernels_of(gy).avg_pool_backward(stream_for(gy), gy.act<4>(), gx.act<4>(), window);
    return {gx};
  });
}

Tensor global_avg_pool(const Tensor& x) {
  check_activations("global_avg_pool", "x", x, 4, "[N, H, W, C]");
  check(x.extent(1) * x.extent(2) >= 1, "global_avg_pool: x must have at least one place, got ", x.shape());
  Tensor y = make({x.extent(0), x.extent(3)}, x);
  kernels_of(x).global_avg_pool_forward(stream_for(x), as_places(x).act<3>(), y.act<2>());
  return record({"global_avg_pool"}, y, {x}, [before = x.shape()](const Tensor& gy) -> Gradients {
    Tensor gx = make(before, gy);
    kernels_of(gy).global_avg_pool_backward(stream_for(gy), gy.act<2>(), as_places(gx).act<3>());
    return {gx};
  });
}

Tensor squeeze_excite(const Tensor& x, const Tensor& w1, const Tensor& b1, const Tensor& w2, const Tensor& b2) {
  check_activations("squeeze_excite", "x", x, 4, "[N, H, W, C]");
  check_rank("squeeze_excite", "w1", w1, 2, "[C, D]");
  check(x.extent(1) * x.extent(2) >= 1, "squeeze_excite: x must have at least one place, got ", x.shape());
  const Index n = x.extent(0), c = x.extent(3), d = w1.extent(1);
  check(w1.extent(0) == c, "squeeze_excite: w1 must be [C=", c, ", D], got ", w1.shape());
  check_shape("squeeze_excite", "b1", b1, {d}, "[D]");
  check_shape("squeeze_excite", "w2", w2, {d, c}, "[D, C]");
  check_shape("squeeze_excite", "b2", b2, {c}, "[C]");
  Tensor y = make_like(x), mean = make_float({n, c}, x), hidden = make_float({n, d}, x), scale = make_float({n, c}, x);
  kernels_of(x).squeeze_excite_forward(stream_for(x), as_places(x).act<3>(), w1.view<float, 2>(), b1.view<float, 1>(),
                                       w2.view<float, 2>(), b2.view<float, 1>(), as_places(y).act<3>(),
                                       mean.view<float, 2>(), hidden.view<float, 2>(), scale.view<float, 2>());
  return record(
      {"squeeze_excite"}, y, {x, w1, b1, w2, b2},
      [x = x.detached(), w1 = w1.detached(), w2 = w2.detached(), mean, hidden, scale](const Tensor& gy) -> Gradients {
        Tensor gx = make_like(x), gw1 = make_like(w1), gw2 = make_like(w2);
        Tensor gb1 = make({w1.extent(1)}, w1), gb2 = make({w2.extent(1)}, w2);
        kernels_of(gy).squeeze_excite_backward(
            stream_for(gy), as_places(x).act<3>(), w1.view<float, 2>(), w2.view<float, 2>(), mean.view<float, 2>(),
            hidden.view<float, 2>(), scale.view<float, 2>(), as_places(gy).act<3>(), as_places(gx).act<3>(),
            gw1.view<float, 2>(), gb1.view<float, 1>(), gw2.view<float, 2>(), gb2.view<float, 1>());
        return {gx, gw1, gb1, gw2, gb2};
      });
}

}  // namespace mueca
