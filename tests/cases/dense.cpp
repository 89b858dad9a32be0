// dense: y = x w + b over the last axis.
#include "tests/rungs.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

Arrays forward(const Arrays& in) {  // x [..., C], w [C, K], [b [K]]
  const Array &x = in[0], &w = in[1];
  const Index c = w.shape[0], k = w.shape[1], m = x.size() / c;
  std::vector<Index> extents(x.shape.begin(), x.shape.end());
  extents.back() = k;
  Sums y{Shape(extents)};
  for (Index row = 0; row < m; ++row)
    for (Index j = 0; j < k; ++j) {
      for (Index i = 0; i < c; ++i) y(row * k + j) += x(row * c + i) * w(i, j);
      if (in.size() > 2) y(row * k + j) += in[2](j);
    }
  return {reals(y)};
}

Arrays gradient(const Arrays& in, const Array& gy) {
  const Array &x = in[0], &w = in[1];
  const Index c = w.shape[0], k = w.shape[1], m = x.size() / c;
  Sums gx(x.shape), gw(w.shape), gb(Shape{k});
  for (Index row = 0; row < m; ++row)
    for (Index j = 0; j < k; ++j) {
      const Real g = gy(row * k + j);
      gb(j) += g;
      for (Index i = 0; i < c; ++i) gx(row * c + i) += g * w(i, j), gw(i, j) += x(row * c + i) * g;
    }
  Arrays result{reals(gx), reals(gw)};
  if (in.size() > 2) result.push_back(reals(gb));
  return result;
}

}  // namespace

Family dense_family() {
  Family f;
  f.activations = {0};
  const auto both = [&](Shape x, Index k, bool bias) {
    for (const Values values : {Values::integers, Values::reals}) {
      Case c;
      c.name = str("dense ", x, " to ", k, bias ? " bias" : "", values == Values::integers ? " integers" : "");
      c.inputs = {{x, values}, {Shape{x[-1], k}, values}};
      if (bias) c.inputs.push_back({Shape{k}, values});
      c.forward = forward;
      c.gradient = gradient;
      c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> {
        return {dense(in[0], in[1], in.size() > 2 ? in[2] : Tensor())};
      };
      c.widen = [](const Runner& runner, const Arrays& in, const Array& gy, Arrays& y, Arrays& gx) {
        const Index c = in[1].shape[0], k = in[1].shape[1], m = in[0].size() / c;
        const ProductShares shares = product_shares(runner, {m, 1, 1, c, 1, 1, k, 1, 1, 1, 0, 0, 0, 0});
        if (shares.none()) return;
        const Arrays sizes{magnitudes(in[0]), magnitudes(in[1])}, gradients = gradient(sizes, magnitudes(gy));
        widen_by(shares.forward, forward(sizes)[0], y[0]);
        widen_by(shares.data, gradients[0], gx[0]);
        widen_by(shares.weights, gradients[1], gx[1]);
      };
      c.exact = values == Values::integers;
      c.differences = x.size() * k < 10000;
      f.cases.push_back(c);
    }
  };
  both({4, 5}, 3, false);
  both({4, 5}, 3, true);
  both({1, 7}, 7, true);
  both({3, 1}, 5, true);
  both({6, 9}, 1, true);
  both(Shape{6}, 4, true);
  both({2, 3, 5}, 4, false);
  both({2, 2, 3, 4}, 3, true);
  both({33, 65}, 17, true);
  both({64, 200}, 7, true);
  both({5, 300}, 130, false);

  f.algorithms = cuda_rungs();
  const Tensor x({4, 16}), w({16, 7});
  f.refusals = {
      {"no x", [=] { dense({}, w, {}); }, "dense: x must be a tensor, got nothing"},
      {"labels",
       [=] {
         dense(Tensor({4, 16}, DType::i32), w, {});
       },
       "dense: x must be float32 or bfloat16, got int32"},
      {"w of rank 1", [=] { dense(x, Tensor(Shape{16}), {}); }, "dense: w must be [C, K], got [16]"},
      {"wrong channel count",
       [=] {
         dense(x, Tensor({15, 7}), {});
       },
       "dense: w must be [C=16, K], got [15, 7]"},
      {"wrong bias", [=] { dense(x, w, Tensor(Shape{16})); }, "dense: b must be [K] = [7], got [16]"},
  };
  return f;
}

}  // namespace mueca::suite
