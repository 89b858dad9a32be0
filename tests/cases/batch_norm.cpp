// batch_norm in training and inference, alone and with its activation and residual fused.
#include "core/kernels.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

constexpr float kMomentum = 0.9f;

struct Statistics {
  std::vector<Real> mean, variance;
};

Statistics of_batch(const Array& x) {
  const Index c = x.shape[-1], m = x.size() / c;
  Statistics s;
  for (Index j = 0; j < c; ++j) {
    Sum sum, squares;
    for (Index i = 0; i < m; ++i) sum += x(i * c + j);
    s.mean.push_back(sum.real() / static_cast<double>(m));
    for (Index i = 0; i < m; ++i) {
      const Real d = x(i * c + j) - s.mean.back();
      squares += d * d;
    }
    s.variance.push_back(squares.real() / static_cast<double>(m));
  }
  return s;
}

// Inputs: x [..., C], gamma, beta, moving mean, moving variance [C], [residual, as x].
Statistics statistics_of(const Arrays& in, bool training) {
  return training ? of_batch(in[0]) : Statistics{in[3].at, in[4].at};
}

// (x - mean) / sqrt(variance + eps), and what goes into the activation.
struct Normalised {
  Array hat, pre;
  std::vector<Real> inverse;
};
// A device may fold mean, gamma and beta into x * a + b, so the bound counts x a and mean a apart: where the mean is
// large beside the deviation they cancel, and both forms of the formula are within it.
Normalised normalise(const Arrays& in, BatchNorm how, bool training) {
  const Array& x = in[0];
  const Index c = x.shape[-1];
  const Statistics s = statistics_of(in, training);
  Normalised n{Array(x.shape), Array(x.shape), {}};
  for (Index j = 0; j < c; ++j) {
    const auto k = static_cast<std::size_t>(j);
    n.inverse.push_back(1 / sqrt(s.variance[k] + double{how.epsilon}));
    const Real a = n.inverse[k] * in[1](j);
    for (Index i = j; i < x.size(); i += c) {
      n.hat(i) = (x(i) - s.mean[k]) * n.inverse[k];
      n.pre(i) = x(i) * a - s.mean[k] * a + in[2](j);
      if (in.size() > 5) n.pre(i) = n.pre(i) + in[5](i);
    }
  }
  return n;
}

Arrays forward(const Arrays& in, BatchNorm how, bool training) {
  Arrays out{normalise(in, how, training).pre, in[3], in[4]};
  for (Real& y : out[0].at) y = activate(y, how.activation);
  if (!training) return out;
  const Statistics s = of_batch(in[0]);
  const Real t = 1 - double{kMomentum};
  for (std::size_t j = 0; j < s.mean.size(); ++j) {
    out[1].at[j] = out[1].at[j] + t * (s.mean[j] - out[1].at[j]);
    out[2].at[j] = out[2].at[j] + t * (s.variance[j] - out[2].at[j]);
  }
  return out;
}

Arrays gradient(const Arrays& in, const Array& gy, BatchNorm how, bool training) {
  const Normalised n = normalise(in, how, training);
  const Index c = in[0].shape[-1], m = gy.size() / c;
  Array gx(gy.shape), gz(gy.shape);
  Sums ggamma(Shape{c}), gbeta(Shape{c});
  for (Index i = 0; i < gy.size(); ++i) {
    gz(i) = gy(i) * activation_slope(stored(n.pre(i)), how.activation);
    ggamma(i % c) += gz(i) * n.hat(i);
    gbeta(i % c) += gz(i);
  }
  for (Index i = 0; i < gy.size(); ++i) {
    const auto k = static_cast<std::size_t>(i % c);
    Real g = gz(i);
    if (training)
      g = g - gbeta.at[k].real() / static_cast<double>(m) - n.hat(i) * ggamma.at[k].real() / static_cast<double>(m);
    gx(i) = g * (n.inverse[k] * in[1](i % c));
  }
  Arrays result{gx, reals(ggamma), reals(gbeta), {}, {}};
  if (in.size() > 5) result.push_back(gz);
  return result;
}

Case make(Shape x, BatchNorm how, bool training, bool residual) {
  const Shape channels{x[-1]};
  Case c;
  c.name = str("batch_norm ", x, training ? " training" : " inference", " activation ",
               static_cast<int>(how.activation), residual ? " residual" : "", " epsilon ", how.epsilon);
  c.inputs = {{x, how.activation == Activation::relu6 ? Values::wide : Values::reals},
              {channels, Values::positive},
              {channels},
              {channels, Values::reals, false},
              {channels, Values::positive, false}};
  if (how.activation == Activation::relu6) {  // a spread that reaches both of its corners
    c.inputs[1].given.assign(static_cast<std::size_t>(x[-1]), 4.0f);
    c.inputs[2].given.assign(static_cast<std::size_t>(x[-1]), 2.5f);
  }
  if (residual) c.inputs.push_back({x});
  c.forward = [=](const Arrays& in) { return forward(in, how, training); };
  c.gradient = [=](const Arrays& in, const Array& gy) { return gradient(in, gy, how, training); };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const BatchNormState state{in[3].clone(), in[4].clone(), kMomentum};
    const Tensor y = batch_norm(in[0], in[1], in[2], state, how, training, in.size() > 5 ? in[5] : Tensor());
    return {y, state.moving_mean, state.moving_variance};
  };
  c.differences = x.size() < 1000;
  return c;
}

// The kernel of training alone, without moving statistics: y, and the batch's own.
Case make_unmoved(Shape x) {
  const BatchNorm how{1e-3f, Activation::relu};
  Case c = make(x, how, true, false);
  c.name += " without moving statistics";
  for (Input& input : c.inputs) input.gradient = false;
  c.forward = [=](const Arrays& in) {
    Arrays out = forward(in, how, true);
    const Statistics s = of_batch(in[0]);
    out[1].at = s.mean, out[2].at = s.variance;
    return out;
  };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Device device = in[0].device();
    const Tensor y(in[0].shape(), in[0].dtype(), device);
    const Tensor mean(in[1].shape(), DType::f32, device), variance(in[1].shape(), DType::f32, device);
    kernels(device).batch_norm_forward(stream_of(device), in[0].rows(), in[1].view<float, 1>(), in[2].view<float, 1>(),
                                       {}, y.rows(), mean.view<float, 1>(), variance.view<float, 1>(), {}, {}, 0, how);
    return {y, mean, variance};
  };
  return c;
}

}  // namespace

Family batch_norm_family() {
  Family f;
  f.activations = {0, 5};
  for (const bool training : {true, false})
    for (const bool residual : {false, true})
      for (const Activation kind : {Activation::none, Activation::relu, Activation::relu6}) {
        f.cases.push_back(make({2, 3, 4, 5}, {1e-3f, kind}, training, residual));
        f.cases.push_back(make({3, 7, 5, 17}, {1e-3f, kind}, training, residual));
        f.cases.push_back(make({3, 7, 5, 24}, {1e-3f, kind}, training, residual));  // channels by fours
      }
  for (const bool training : {true, false}) {
    f.cases.push_back(make({6, 3}, {1e-5f, Activation::none}, training, false));
    f.cases.push_back(make({9, 1}, {0.1f, Activation::relu}, training, true));
    // Rows enough for several blocks, few enough for the executor.
    f.cases.push_back(make({2, 26, 26, 24}, {1e-3f, Activation::relu}, training, true));
    f.cases.push_back(make({200, 300}, {1e-3f, Activation::relu6}, training, true));
    f.cases.push_back(make({4, 24, 24, 33}, {1e-3f, Activation::relu}, training, false));
  }
  // More rows than CUDA's devices take in one launch, with channels by fours and not.
  f.cases.push_back(make({4, 25, 24, 17}, {1e-3f, Activation::relu}, true, true));
  for (const Activation kind : {Activation::none, Activation::relu, Activation::relu6})
    f.cases.push_back(make({4, 25, 24, 12}, {1e-3f, kind}, true, kind != Activation::relu));
  // As many as they do, and channels that do not fill their last block.
  f.cases.push_back(make({4, 24, 24, 12}, {1e-3f, Activation::relu6}, true, true));
  f.cases.push_back(make({9, 9, 20}, {1e-3f, Activation::relu}, true, true));
  for (const Shape& x : {Shape{2, 3, 4, 5}, Shape{3, 7, 5, 24}, Shape{4, 25, 24, 12}})
    f.cases.push_back(make_unmoved(x));

  const Tensor x({2, 4, 4, 8}), c8(Shape{8}), c4(Shape{4});
  const BatchNormState state{c8, c8};
  f.refusals = {
      {"no x", [=] { batch_norm({}, c8, c8, state, {}, true); }, "batch_norm: x must be a tensor, got nothing"},
      {"wrong gamma", [=] { batch_norm(x, c4, c8, state, {}, true); }, "batch_norm: gamma must be [C] = [8], got [4]"},
      {"wrong beta", [=] { batch_norm(x, c8, c4, state, {}, true); }, "batch_norm: beta must be [C] = [8], got [4]"},
      {"wrong moving mean",
       [=] {
         batch_norm(x, c8, c8, {c4, c8}, {}, true);
       },
       "batch_norm: moving_mean must be [C] = [8], got [4]"},
      {"no moving variance",
       [=] {
         batch_norm(x, c8, c8, {c8, {}}, {}, true);
       },
       "batch_norm: moving_variance must be [C] = [8], got nothing"},
      {"wrong residual",
       [=] {
         batch_norm(x, c8, c8, state, {}, true, Tensor({2, 4, 4, 4}));
       },
       "batch_norm: residual must be the shape of x = [2, 4, 4, 8], got [2, 4, 4, 4]"},
      {"swish",
       [=] {
         batch_norm(x, c8, c8, state, {1e-3f, Activation::swish}, true);
       },
       "batch_norm: only none, relu and relu6 can be fused"},
      {"negative epsilon",
       [=] {
         batch_norm(x, c8, c8, state, {-1, Activation::none}, true);
       },
       "batch_norm: epsilon must not be negative, got -1"},
      {"no rows",
       [=] {
         batch_norm(Tensor({0, 8}), c8, c8, state, {}, true);
       },
       "batch_norm: training needs at least one row, got [0, 8]"},
  };
  return f;
}

}  // namespace mueca::suite
