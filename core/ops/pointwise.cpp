// Ops without weights that keep the shape or only rearrange it: activations, sums, dropout, concat, reshape, resize.
#include "core/ops/op.h"
#include "core/records.h"

namespace mueca {

Tensor activation(const Tensor& x, Activation kind) {
  check_activations("activation", "x", x);
  if (kind == Activation::none) return x;
  Tensor y = make_like(x);
  kernels_of(x).activation_forward(stream_for(x), x.act<1>(), y.act<1>(), kind);
  // Only swish's derivative needs x; for the others y does as well (relu: y > 0 where x > 0), and x can be freed.
  return record({"activation", kind}, y, {x},
                [x = kind == Activation::swish ? x.detached() : y, y, kind](const Tensor& gy) -> Gradients {
                  Tensor gx = make_like(y);
                  kernels_of(gy).activation_backward(stream_for(gy), x.act<1>(), y.act<1>(), gy.act<1>(), gx.act<1>(),
                                                     kind);
                  return {gx};
                });
}

Tensor add(const Tensor& a, const Tensor& b) {
  check_activations("add", "a", a);
  check_like("add", "b", b, a, a.shape(), "the shape of a");
  Tensor y = make_like(a);
  kernels_of(a).add_forward(stream_for(a), a.act<1>(), b.act<1>(), y.act<1>());
  return record({"add"}, y, {a, b}, [](const Tensor& gy) -> Gradients { return {gy, gy}; });
}

Tensor dropout(const Tensor& x, Dropout how, const Tensor& numbers) {
  check_activations("dropout", "x", x);
  check(how.rate >= 0 && how.rate < 1, "dropout: rate must be in [0, 1), got ", how.rate);
  if (how.rate == 0) return x;
  check(numbers.defined() && numbers.device() == x.device(), "dropout: numbers must be a StepNumbers on device ",
        name_of(x.device()));
  const auto apply = [how, numbers](const Tensor& in) {
    Tensor out = make_like(in);
    kernels_of(in).dropout_forward(stream_for(in), in.act<1>(), records_of<StepNumbers>(numbers), out.act<1>(), how);
    return out;
  };
  return record({"dropout", how}, apply(x), {x}, [apply](const Tensor& gy) -> Gradients { return {apply(gy)}; });
}

Tensor concat(const std::vector<Tensor>& parts) {
  check(!parts.empty(), "concat: needs at least one part");
  check_activations("concat", "part 0", parts[0]);
  std::vector<Index> extents(parts[0].shape().begin(), parts[0].shape().end()), widths;
  extents.back() = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    check_activations("concat", "each part", parts[i]);
    const Shape& s = parts[i].shape();
    check(s.rank() == parts[0].shape().rank() && std::equal(s.begin(), s.end() - 1, extents.begin()), "concat: part ",
          i, " must agree with part 0 but for the last axis, ", parts[0].shape(), ", got ", s);
    widths.push_back(s[-1]);
    extents.back() += s[-1];
  }
  Tensor y = make(Shape(extents), parts[0]);
  Index at = 0;
  for (const Tensor& part : parts) {
    kernels_of(y).copy_columns(stream_for(y), part.rows(), 0, y.rows(), at, part.extent(-1));
    at += part.extent(-1);
  }
  return record({"concat"}, y, parts, [widths, extents](const Tensor& gy) {
    Gradients gradients;
    Index from = 0;
    for (Index width : widths) {
      std::vector<Index> part = extents;
      part.back() = width;
      gradients.push_back(make(Shape(part), gy));
      kernels_of(gy).copy_columns(stream_for(gy), gy.rows(), from, gradients.back().rows(), 0, width);
      from += width;
    }
    return gradients;
  });
}

Tensor columns(const Tensor& x, Index begin, Index count) {
  check_activations("columns", "x", x);
  check(begin >= 0 && count >= 1 && count <= x.extent(-1) - begin, "columns: ", begin, " to ", begin + count, " of x ",
        x.shape());
  std::vector<Index> extents(x.shape().begin(), x.shape().end());
  extents.back() = count;
  Tensor y = make(Shape(extents), x);
  kernels_of(x).copy_columns(stream_for(x), x.rows(), begin, y.rows(), 0, count);
  return record({"columns", begin}, y, {x}, [before = x.shape(), begin, count](const Tensor& gy) -> Gradients {
    Tensor gx = make(before, gy);
    kernels_of(gy).fill(stream_for(gy), gx.act<1>(), 0);
    kernels_of(gy).copy_columns(stream_for(gy), gy.rows(), 0, gx.rows(), begin, count);
    return {gx};
  });
}

Tensor reshape(const Tensor& x, Shape shape) {
  return record({"reshape"}, x.reshaped(shape), {x},
                [before = x.shape()](const Tensor& gy) -> Gradients { return {gy.reshaped(before)}; });
}

Tensor flatten(const Tensor& x) {
  check_activations("flatten", "x", x);
  const Index n = x.extent(0);
  return reshape(x, {n, n ? x.size() / n : 0});
}

Tensor resize_bilinear(const Tensor& x, Index height, Index width) {
  check_activations("resize_bilinear", "x", x, 4, "[N, H, W, C]");
  check(height >= 1 && width >= 1 && x.extent(1) >= 1 && x.extent(2) >= 1, "resize_bilinear: from ", x.shape(), " to ",
        height, " x ", width, ": extents must be at least 1");
  Tensor y = make({x.extent(0), height, width, x.extent(3)}, x);
  kernels_of(x).resize_bilinear_forward(stream_for(x), x.act<4>(), y.act<4>());
  return record({"resize_bilinear"}, y, {x}, [before = x.shape()](const Tensor& gy) -> Gradients {
    Tensor gx = make(before, gy);
    kernels_of(gy).resize_bilinear_backward(stream_for(gy), gy.act<4>(), gx.act<4>());
    return {gx};
  });
}

}  // namespace mueca
