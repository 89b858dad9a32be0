// squeeze_excite: x * sigmoid(relu(mean(x) w1 + b1) w2 + b2).
#include "tests/suite.h"

namespace mueca::suite {
namespace {

struct Excitation {
  Array mean, pre, hidden, scale;  // [N, C], [N, D] before and after relu, [N, C]
};

Array affine(const Array& x, const Array& w, const Array& b) {
  Sums y({x.shape[0], w.shape[1]});
  for (Index n = 0; n < x.shape[0]; ++n)
    for (Index j = 0; j < w.shape[1]; ++j) {
      for (Index i = 0; i < w.shape[0]; ++i) y(n, j) += x(n, i) * w(i, j);
      y(n, j) += b(j);
    }
  return reals(y);
}

Excitation excite(const Arrays& in) {
  const Shape& x = in[0].shape;
  const Index row = x[1] * x[2] * x[3];
  Sums sum({x[0], x[3]});
  for (Index i = 0; i < in[0].size(); ++i) sum(i / row, i % x[3]) += in[0](i);
  Excitation e;
  e.mean = reals(sum);
  for (Real& v : e.mean.at) v = v * (1 / Real(static_cast<double>(x[1] * x[2])));
  e.pre = e.hidden = affine(e.mean, in[1], in[2]);
  for (Real& v : e.hidden.at) v = max(v, 0);
  e.scale = affine(e.hidden, in[3], in[4]);
  for (Real& v : e.scale.at) v = sigmoid(v);
  return e;
}

Arrays forward(const Arrays& in) {  // x [N, H, W, C], w1 [C, D], b1 [D], w2 [D, C], b2 [C]
  const Shape& x = in[0].shape;
  const Excitation e = excite(in);
  Array y(x);
  for (Index i = 0; i < y.size(); ++i) y(i) = in[0](i) * e.scale(i / (x[1] * x[2] * x[3]), i % x[3]);
  return {y};
}

// g [N, J] back through y = x w + b: adds to gw and gb, returns gx [N, I].
Array affine_back(const Array& x, const Array& w, const Array& g, Sums& gw, Sums& gb) {
  Sums gx(x.shape);
  for (Index n = 0; n < x.shape[0]; ++n)
    for (Index j = 0; j < w.shape[1]; ++j) {
      gb(j) += g(n, j);
      for (Index i = 0; i < w.shape[0]; ++i) gx(n, i) += g(n, j) * w(i, j), gw(i, j) += x(n, i) * g(n, j);
    }
  return reals(gx);
}

Arrays gradient(const Arrays& in, const Array& gy) {
  const Shape& x = in[0].shape;
  const Index places = x[1] * x[2], row = places * x[3];
  const Excitation e = excite(in);
  Sums gscale(e.scale.shape), gw1(in[1].shape), gb1(in[2].shape), gw2(in[3].shape), gb2(in[4].shape);
  for (Index i = 0; i < gy.size(); ++i) gscale(i / row, i % x[3]) += gy(i) * in[0](i);
  Array g2 = reals(gscale);
  for (Index i = 0; i < g2.size(); ++i) g2(i) = g2(i) * e.scale(i) * (1 - e.scale(i));
  Array g1 = affine_back(e.hidden, in[3], g2, gw2, gb2);
  for (Index i = 0; i < g1.size(); ++i) g1(i) = g1(i) * positive(e.pre(i));
  const Array gmean = affine_back(e.mean, in[1], g1, gw1, gb1);
  Array gx(x);
  for (Index i = 0; i < gx.size(); ++i)
    gx(i) = gy(i) * e.scale(i / row, i % x[3]) + gmean(i / row, i % x[3]) * (1 / Real(static_cast<double>(places)));
  return {gx, reals(gw1), reals(gb1), reals(gw2), reals(gb2)};
}

}  // namespace

Family squeeze_excite_family() {
  Family f;
  f.activations = {0};
  const auto both = [&](Shape x, Index d) {
    Case c;
    c.name = str("squeeze_excite ", x, " by ", d);
    c.inputs = {{x}, {{x[3], d}}, {Shape{d}}, {{d, x[3]}}, {Shape{x[3]}}};
    c.forward = forward;
    c.gradient = gradient;
    c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      return {squeeze_excite(in[0], in[1], in[2], in[3], in[4])};
    };
    c.differences = x.size() < 1000;
    f.cases.push_back(c);
  };
  both({2, 3, 4, 5}, 3);
  both({3, 2, 2, 17}, 4);
  both({1, 5, 5, 8}, 2);
  both({2, 1, 1, 3}, 6);
  both({4, 12, 12, 64}, 16);
  both({8, 3, 3, 130}, 33);

  const Tensor x({2, 4, 4, 8}), w1({8, 2}), b1(Shape{2}), w2({2, 8}), b2(Shape{8});
  f.refusals = {
      {"x of rank 2",
       [=] {
         squeeze_excite(Tensor({2, 8}), w1, b1, w2, b2);
       },
       "squeeze_excite: x must be [N, H, W, C], got [2, 8]"},
      {"no place",
       [=] {
         squeeze_excite(Tensor({2, 0, 4, 8}), w1, b1, w2, b2);
       },
       "squeeze_excite: x must have at least one place, got [2, 0, 4, 8]"},
      {"w1 of rank 1", [=] { squeeze_excite(x, b1, b1, w2, b2); }, "squeeze_excite: w1 must be [C, D], got [2]"},
      {"wrong channel count",
       [=] {
         squeeze_excite(x, Tensor({4, 2}), b1, w2, b2);
       },
       "squeeze_excite: w1 must be [C=8, D], got [4, 2]"},
      {"wrong b1", [=] { squeeze_excite(x, w1, b2, w2, b2); }, "squeeze_excite: b1 must be [D] = [2], got [8]"},
      {"w2 not turned", [=] { squeeze_excite(x, w1, b1, w1, b2); },
       "squeeze_excite: w2 must be [D, C] = [2, 8], got [8, 2]"},
      {"no b2", [=] { squeeze_excite(x, w1, b1, w2, {}); }, "squeeze_excite: b2 must be [C] = [8], got nothing"},
  };
  return f;
}

}  // namespace mueca::suite
