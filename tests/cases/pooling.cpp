// max_pool, avg_pool and global_avg_pool.
#include "tests/suite.h"

namespace mueca::suite {
namespace {

Shape output_shape(const Shape& x, Pool2d w) {
  return {x[0], (x[1] + w.pad.top + w.pad.bottom - w.size) / w.stride + 1,
          (x[2] + w.pad.left + w.pad.right - w.size) / w.stride + 1, x[3]};
}

// The flat indices into x of the window of output element i, row-major; padding is left out.
std::vector<Index> window_of(Index i, const Shape& x, const Shape& y, Pool2d w) {
  const Index c = i % y[3], q = i / y[3] % y[2], p = i / y[3] / y[2] % y[1], n = i / y[3] / y[2] / y[1];
  std::vector<Index> window;
  for (Index h = p * w.stride - w.pad.top; h < p * w.stride - w.pad.top + w.size; ++h)
    for (Index v = q * w.stride - w.pad.left; v < q * w.stride - w.pad.left + w.size; ++v)
      if (inside(h, x[1]) && inside(v, x[2])) window.push_back(((n * x[1] + h) * x[2] + v) * x[3] + c);
  return window;
}

Index first_maximum(const Array& x, const std::vector<Index>& window) {
  Index best = window.at(0);
  for (Index j : window)
    if (x(j).v > x(best).v) best = j;
  return best;
}

Case make_max(Shape shape, Pool2d w, Values values) {
  Case c;
  c.name = str("max_pool ", w.size, " stride ", w.stride, " pad ", w.pad.top, w.pad.left, w.pad.bottom, w.pad.right,
               " of ", shape, values == Values::integers ? " with ties" : "");
  c.inputs = {{shape, values}};
  c.forward = [w](const Arrays& in) -> Arrays {
    Array y(output_shape(in[0].shape, w));
    for (Index i = 0; i < y.size(); ++i) y(i) = in[0](first_maximum(in[0], window_of(i, in[0].shape, y.shape, w)));
    return {y};
  };
  c.gradient = [w](const Arrays& in, const Array& gy) -> Arrays {
    Sums gx(in[0].shape);
    for (Index i = 0; i < gy.size(); ++i) gx(first_maximum(in[0], window_of(i, gx.shape, gy.shape, w))) += gy(i);
    return {reals(gx)};
  };
  c.op = [w](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {max_pool(in[0], w)}; };
  c.exact = values == Values::integers;
  c.differences = values != Values::integers && shape.size() < 2000;
  return c;
}

Case make_average(Shape shape, Pool2d w, bool exact) {
  Case c;
  c.name = str("avg_pool ", w.size, " stride ", w.stride, " pad ", w.pad.top, w.pad.left, w.pad.bottom, w.pad.right,
               " of ", shape, exact ? " integers" : "");
  c.inputs = {{shape, exact ? Values::integers : Values::reals}};
  c.forward = [w](const Arrays& in) -> Arrays {
    Array y(output_shape(in[0].shape, w));
    for (Index i = 0; i < y.size(); ++i) {
      const auto window = window_of(i, in[0].shape, y.shape, w);
      Sum sum;
      for (Index j : window) sum += in[0](j);
      y(i) = sum.real() * (1 / Real(static_cast<double>(window.size())));
    }
    return {y};
  };
  c.gradient = [w](const Arrays& in, const Array& gy) -> Arrays {
    Sums gx(in[0].shape);
    for (Index i = 0; i < gy.size(); ++i) {
      const auto window = window_of(i, gx.shape, gy.shape, w);
      for (Index j : window) gx(j) += gy(i) * (1 / Real(static_cast<double>(window.size())));
    }
    return {reals(gx)};
  };
  c.op = [w](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {avg_pool(in[0], w)}; };
  c.exact = exact;
  c.differences = shape.size() < 2000;
  return c;
}

Case make_global(Shape shape, bool exact) {
  Case c;
  c.name = str("global_avg_pool of ", shape, exact ? " integers" : "");
  c.inputs = {{shape, exact ? Values::integers : Values::reals}};
  const Real share = 1 / Real(static_cast<double>(shape[1] * shape[2]));
  c.forward = [share](const Arrays& in) -> Arrays {
    const Shape& x = in[0].shape;
    Sums sum({x[0], x[3]});
    for (Index i = 0; i < in[0].size(); ++i) sum(i / (x[1] * x[2] * x[3]), i % x[3]) += in[0](i);
    Array y = reals(sum);
    for (Real& v : y.at) v = v * share;
    return {y};
  };
  c.gradient = [share](const Arrays& in, const Array& gy) -> Arrays {
    const Shape& x = in[0].shape;
    Array gx(x);
    for (Index i = 0; i < gx.size(); ++i) gx(i) = gy(i / (x[1] * x[2] * x[3]), i % x[3]) * share;
    return {gx};
  };
  c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {global_avg_pool(in[0])}; };
  c.exact = exact;
  return c;
}

}  // namespace

Family pooling_family() {
  Family f;
  f.activations = {0};
  for (const Values values : {Values::integers, Values::distinct}) {
    f.cases.push_back(make_max({2, 4, 6, 3}, {2, 2, {}}, values));
    f.cases.push_back(make_max({2, 5, 7, 17}, {2, 2, {}}, values));            // a row and a column unread
    f.cases.push_back(make_max({1, 5, 7, 16}, {2, 2, {0, 0, 1, 1}}, values));  // the same with padding
    f.cases.push_back(make_max({2, 6, 5, 3}, {3, 2, {1, 1, 1, 1}}, values));   // windows that overlap
    f.cases.push_back(make_max({1, 5, 6, 33}, {3, 1, {1, 0, 0, 2}}, values));
    f.cases.push_back(make_max({1, 9, 8, 2}, {2, 3, {1, 0, 0, 0}}, values));  // windows with gaps
    f.cases.push_back(make_max({1, 5, 6, 24}, {2, 2, {}}, values));           // 16 bytes at once, and a row unread
    f.cases.push_back(make_max({5, 32, 32, 48}, {2, 2, {}}, values));
  }
  Case below_zero = make_max({2, 5, 5, 3}, {3, 2, {1, 1, 1, 1}}, Values::integers);  // padding is not a zero
  below_zero.name += " below zero";
  for (int i = 0; i < 150; ++i) below_zero.inputs[0].given.push_back(static_cast<float>(-1 - i * 7 % 11));
  f.cases.push_back(below_zero);

  f.cases.push_back(make_average({2, 4, 6, 3}, {2, 2, {}}, true));
  f.cases.push_back(make_average({2, 5, 7, 17}, {2, 2, {0, 0, 1, 1}}, true));  // counts of 4, 2 and 1
  f.cases.push_back(make_average({2, 5, 6, 3}, {3, 2, {1, 1, 1, 1}}, false));
  f.cases.push_back(make_average({1, 6, 7, 16}, {3, 1, {1, 1, 1, 1}}, false));
  f.cases.push_back(make_average({1, 8, 9, 2}, {2, 3, {}}, false));
  f.cases.push_back(make_average({2, 7, 6, 5}, {3, 3, {2, 0, 0, 1}}, false));
  f.cases.push_back(make_average({4, 32, 32, 49}, {2, 2, {}}, false));
  f.cases.push_back(make_global({3, 4, 4, 5}, true));
  f.cases.push_back(make_global({2, 3, 5, 17}, false));
  f.cases.push_back(make_global({1, 1, 1, 3}, false));
  f.cases.push_back(make_global({25, 6, 6, 64}, false));
  f.cases.back().differences = false;

  const Tensor x({2, 5, 5, 3});
  f.refusals = {
      {"max of rank 3",
       [] {
         max_pool(Tensor({5, 5, 3}), {});
       },
       "max_pool: x must be [N, H, W, C], got [5, 5, 3]"},
      {"average of nothing", [] { avg_pool({}, {}); }, "avg_pool: x must be [N, H, W, C], got nothing"},
      {"window of 0",
       [=] {
         max_pool(x, {0, 1, {}});
       },
       "max_pool: the window must be at least 1, got 0"},
      {"stride 0",
       [=] {
         avg_pool(x, {2, 0, {}});
       },
       "avg_pool: stride must be at least 1, got 0"},
      {"window too large",
       [=] {
         max_pool(x, {6, 1, {}});
       },
       "max_pool: a window of 6 does not fit 5 + padding 0 + 0"},
      {"padding as large as the window",
       [=] {
         max_pool(x, {2, 2, {2, 0, 0, 0}});
       },
       "max_pool: padding must be smaller than the window of 2"},
      {"negative padding",
       [=] {
         avg_pool(x, {2, 2, {0, 0, -1, 0}});
       },
       "avg_pool: padding must not be negative, got 0 and -1"},
      {"global of rank 2",
       [] {
         global_avg_pool(Tensor({5, 3}));
       },
       "global_avg_pool: x must be [N, H, W, C], got [5, 3]"},
      {"global of no place",
       [] {
         global_avg_pool(Tensor({2, 0, 4, 3}));
       },
       "global_avg_pool: x must have at least one place, got [2, 0, 4, 3]"},
  };
  return f;
}

}  // namespace mueca::suite
