// softmax, one_hot, softmax_cross_entropy, squared_hinge and the mean that ends every loss.
#include "core/kernels.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

Array softmax_of(const Array& x) {
  const Index k = x.shape[-1];
  Array y(x.shape);
  for (Index row = 0; row < x.size(); row += k) {
    Real top = x(row);
    for (Index j = 1; j < k; ++j) top = max(top, x(row + j));
    Sum sum;
    for (Index j = 0; j < k; ++j) sum += y(row + j) = exp(x(row + j) - top);
    for (Index j = 0; j < k; ++j) y(row + j) = y(row + j) / sum.real();
  }
  return y;
}

Case make_softmax(Shape shape, Values values) {
  Case c;
  c.name = str("softmax ", shape, values == Values::wide ? " wide" : "");
  c.inputs = {{shape, values}};
  c.forward = [](const Arrays& in) -> Arrays { return {softmax_of(in[0])}; };
  c.gradient = [](const Arrays& in, const Array& gy) -> Arrays {
    const Array y = softmax_of(in[0]);
    const Index k = y.shape[-1];
    Array gx(y.shape);
    for (Index row = 0; row < y.size(); row += k) {
      Sum dot;
      for (Index j = row; j < row + k; ++j) dot += y(j) * gy(j);
      for (Index j = row; j < row + k; ++j) gx(j) = y(j) * (gy(j) - dot.real());
    }
    return {gx};
  };
  c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {softmax(in[0])}; };
  c.differences = shape.size() < 1000;
  return c;
}

// Mean over rows of -sum_k t (x - top - log sum exp(x - top)).
Arrays cross_entropy(const Arrays& in) {
  const Array &x = in[0], &t = in[1];
  const Index m = x.shape[0], k = x.shape[1];
  Sum loss;
  for (Index i = 0; i < m; ++i) {
    Real top = x(i, 0);
    for (Index j = 1; j < k; ++j) top = max(top, x(i, j));
    Sum sum;
    for (Index j = 0; j < k; ++j) sum += exp(x(i, j) - top);
    for (Index j = 0; j < k; ++j) loss += t(i, j) * (log(sum.real()) - (x(i, j) - top));
  }
  Array y(Shape{1});
  y(0) = loss.real() / static_cast<double>(m);
  return {y};
}

Arrays cross_entropy_gradient(const Arrays& in, const Array& gy) {
  const Array &t = in[1], p = softmax_of(in[0]);
  const Index m = t.shape[0], k = t.shape[1];
  Array gx(p.shape);
  for (Index i = 0; i < m; ++i) {
    Sum total;
    for (Index j = 0; j < k; ++j) total += t(i, j);
    for (Index j = 0; j < k; ++j) gx(i, j) = (p(i, j) * total.real() - t(i, j)) / static_cast<double>(m) * gy(0);
  }
  return {gx, {}};
}

Real sign_of(Real target) { return target.v > 0.5 ? 1 : -1; }

Arrays hinge(const Arrays& in) {
  Sum loss;
  for (Index i = 0; i < in[0].size(); ++i) {
    const Real short_of = max(1 - sign_of(in[1](i)) * in[0](i), 0);
    loss += short_of * short_of;
  }
  Array y(Shape{1});
  y(0) = loss.real() / static_cast<double>(in[0].shape[0]);
  return {y};
}

Arrays hinge_gradient(const Arrays& in, const Array& gy) {
  Array gx(in[0].shape);
  for (Index i = 0; i < gx.size(); ++i) {
    const Real s = sign_of(in[1](i));
    gx(i) = -2 * s * max(1 - s * in[0](i), 0) / static_cast<double>(in[0].shape[0]) * gy(0);
  }
  return {gx, {}};
}

// (1 - e) * hot + e / K; a row of zeros for a label below 0.
std::vector<float> targets(const std::vector<std::int32_t>& labels, int classes, double e) {
  std::vector<float> t;
  for (std::int32_t label : labels)
    for (int k = 0; k < classes; ++k)
      t.push_back(label < 0 ? 0.0f : static_cast<float>((1 - e) * (label == k) + e / classes));
  return t;
}

enum class Targets { hard, smooth, soft };

Case make_loss(bool entropy, Index m, Index k, Values values, Targets kind) {
  Case c;
  c.name = str(entropy ? "softmax_cross_entropy [" : "squared_hinge [", m, ", ", k, "] targets ",
               static_cast<int>(kind), values == Values::wide ? " wide" : "");
  c.inputs = {{{m, k}, values}, {{m, k}, Values::positive, false}};
  std::vector<std::int32_t> labels;
  for (Index i = 0; i < m; ++i) labels.push_back(static_cast<std::int32_t>((i * 5 + 2) % k));
  if (kind != Targets::soft) c.inputs[1].given = targets(labels, static_cast<int>(k), kind == Targets::hard ? 0 : 0.1);
  c.forward = entropy ? cross_entropy : hinge;
  c.gradient = entropy ? cross_entropy_gradient : hinge_gradient;
  c.op = [entropy](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    return {entropy ? softmax_cross_entropy(in[0], in[1]) : squared_hinge(in[0], in[1])};
  };
  c.differences = m * k < 1000;
  return c;
}

Case make_one_hot(std::vector<std::int32_t> labels, Index classes, float smoothing) {
  Case c;
  const auto m = static_cast<Index>(labels.size());
  c.name = str("one_hot ", m, " of ", classes, " smoothing ", smoothing);
  c.inputs = {{Shape{m}, Values::reals, false, {labels.begin(), labels.end()}}};
  c.forward = [=](const Arrays&) -> Arrays {  // exact where nothing is smoothed
    Array t({m, classes});
    for (Index i = 0; i < m; ++i)
      for (Index k = 0; k < classes; ++k)
        if (const auto label = labels[static_cast<std::size_t>(i)]; label >= 0)
          t(i, k) = (1 - Real(smoothing)) * (label == k ? 1 : 0) + Real(smoothing) / static_cast<double>(classes);
    return {t};
  };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    return {one_hot(Tensor::from<std::int32_t>(Shape{m}, labels, in[0].device()), classes, smoothing)};
  };
  c.exact = smoothing == 0;
  return c;
}

// The kernel sums in double: the result is within one rounding, however long the input is.
Case make_mean(Index n) {
  Case c;
  c.name = str("mean of ", n);
  c.inputs = {{Shape{n}, Values::wide, false}};
  c.forward = [n](const Arrays& in) -> Arrays {
    Sum sum;
    for (Index i = 0; i < n; ++i) sum += in[0](i);
    Array y(Shape{1});
    y(0) = rounded(sum.in_double().v / static_cast<double>(n), 0);
    return {y};
  };
  c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Tensor y(Shape{1}, DType::f32, in[0].device());
    kernels(y.device()).mean_forward(stream_of(y.device()), in[0].view<float, 1>(), y.view<float, 1>());
    return {y};
  };
  return c;
}

}  // namespace

Family losses_family() {
  Family f;
  f.cases = {
      make_softmax({4, 7}, Values::reals),
      make_softmax({5, 3}, Values::wide),
      make_softmax({2, 3, 10}, Values::wide),
      make_softmax({900, 65}, Values::wide),
      make_one_hot({0, 3, 6, 2}, 7, 0),
      make_one_hot({0, 3, -1, 6}, 7, 0.1f),
      make_one_hot({1, 0, -1}, 2, 0),
      make_mean(1),
      make_mean(1000),
      make_mean(100003),
  };
  for (const bool entropy : {true, false})
    for (const Targets kind : {Targets::hard, Targets::smooth, Targets::soft}) {
      f.cases.push_back(make_loss(entropy, 4, 7, Values::reals, kind));
      f.cases.push_back(make_loss(entropy, 33, 7, Values::wide, kind));
      f.cases.push_back(make_loss(entropy, 1, 3, Values::reals, kind));
      f.cases.push_back(make_loss(entropy, 400, 35, Values::wide, kind));
    }
  for (Case far : {make_softmax({2, 4}, Values::wide), make_loss(true, 2, 4, Values::wide, Targets::hard)}) {
    far.name += " far apart";  // exp(x) alone would overflow, exp(x - top) underflows
    far.inputs[0].given = {1000, 999, 0, -1000, -500, -501, -498, -2000};
    far.differences = false;
    f.cases.push_back(far);
  }

  const Tensor x({4, 7}), labels = Tensor::from<std::int32_t>(Shape{2}, std::vector<std::int32_t>{3, 7});
  f.refusals = {
      {"softmax of nothing", [] { softmax({}); }, "softmax: x must be a tensor, got nothing"},
      {"softmax over no class",
       [] {
         softmax(Tensor({4, 0}));
       },
       "softmax: the last axis must not be empty, got [4, 0]"},
      {"labels as floats", [] { one_hot(Tensor(Shape{4}), 7); }, "one_hot: labels must be int32 [M]"},
      {"wrong label", [=] { one_hot(labels, 7); }, "one_hot: label 7 is not below 7"},
      {"no classes", [=] { one_hot(labels, 0); }, "one_hot: at least one class, got 0"},
      {"smoothing 1", [=] { one_hot(labels, 8, 1); }, "one_hot: smoothing must be in [0, 1), got 1"},
      {"logits of rank 1", [] { softmax_cross_entropy(Tensor(Shape{7}), Tensor(Shape{7})); },
       "softmax_cross_entropy: logits must be [M, K], got [7]"},
      {"wrong targets",
       [=] {
         softmax_cross_entropy(x, Tensor({4, 8}));
       },
       "softmax_cross_entropy: targets must be [M, K] = [4, 7], got [4, 8]"},
      {"labels for targets", [=] { squared_hinge(x, labels); }, "squared_hinge: targets must be float32, got int32"},
      {"no rows",
       [] {
         squared_hinge(Tensor({0, 7}), Tensor({0, 7}));
       },
       "squared_hinge: logits must not be empty, got [0, 7]"},
  };
  return f;
}

}  // namespace mueca::suite
