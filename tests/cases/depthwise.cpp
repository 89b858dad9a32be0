// depthwise_conv2d: one filter per channel.
#include "kernels/cuda/depthwise.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

template <class Tap>  // tap(n, p, q, c, r, s, h, w) for each place of the window inside the image
void for_taps(const Shape& x, const Shape& w, const Shape& y, Conv2d g, const Tap& tap) {
  for (Index n = 0; n < y[0]; ++n)
    for (Index p = 0; p < y[1]; ++p)
      for (Index q = 0; q < y[2]; ++q)
        for (Index c = 0; c < y[3]; ++c)
          for (Index r = 0; r < w[0]; ++r)
            for (Index s = 0; s < w[1]; ++s) {
              const Index h = p * g.stride + r - g.pad.top, v = q * g.stride + s - g.pad.left;
              if (inside(h, x[1]) && inside(v, x[2])) tap(n, p, q, c, r, s, h, v);
            }
}

Arrays forward(const Arrays& in, Conv2d g) {  // x [N, H, W, C], w [R, S, C], [b [C]]
  const Array &x = in[0], &w = in[1];
  Sums y({x.shape[0], (x.shape[1] + g.pad.top + g.pad.bottom - w.shape[0]) / g.stride + 1,
          (x.shape[2] + g.pad.left + g.pad.right - w.shape[1]) / g.stride + 1, x.shape[3]});
  for_taps(x.shape, w.shape, y.shape, g, [&](Index n, Index p, Index q, Index c, Index r, Index s, Index h, Index v) {
    y(n, p, q, c) += x(n, h, v, c) * w(r, s, c);
  });
  if (in.size() > 2)
    for (Index i = 0; i < y.size(); ++i) y(i) += in[2](i % x.shape[3]);
  return {reals(y)};
}

Arrays gradient(const Arrays& in, const Array& gy, Conv2d g) {
  const Array &x = in[0], &w = in[1];
  Sums gx(x.shape), gw(w.shape), gb(Shape{x.shape[3]});
  for_taps(x.shape, w.shape, gy.shape, g, [&](Index n, Index p, Index q, Index c, Index r, Index s, Index h, Index v) {
    gx(n, h, v, c) += gy(n, p, q, c) * w(r, s, c);
    gw(r, s, c) += gy(n, p, q, c) * x(n, h, v, c);
  });
  for (Index i = 0; i < gy.size(); ++i) gb(i % x.shape[3]) += gy(i);
  Arrays result{reals(gx), reals(gw)};
  if (in.size() > 2) result.push_back(reals(gb));
  return result;
}

}  // namespace

Family depthwise_family() {
  Family f;
  f.activations = {0};
  const auto both = [&](const std::string& name, Shape x, Shape w, bool bias, Conv2d g) {
    for (const Values values : {Values::integers, Values::reals}) {
      Case c;
      c.name = str("depthwise ", name, bias ? " bias" : "", values == Values::integers ? " integers" : "");
      c.inputs = {{x, values}, {w, values}};
      if (bias) c.inputs.push_back({Shape{w[2]}, values});
      c.forward = [g](const Arrays& in) { return forward(in, g); };
      c.gradient = [g](const Arrays& in, const Array& gy) { return gradient(in, gy, g); };
      c.op = [g](const std::vector<Tensor>& in) -> std::vector<Tensor> {
        return {depthwise_conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), g)};
      };
      c.exact = values == Values::integers;
      c.differences = x.size() * w[0] * w[1] < 10000;
      f.cases.push_back(c);
      if (!bias) continue;  // the same with an activation in the same pass, without gradients
      c.name += " fused";
      for (Input& input : c.inputs) input.gradient = false;
      c.gradient = {};
      c.forward = [g](const Arrays& in) -> Arrays {
        Array y = forward(in, g)[0];
        for (Real& v : y.at) v = activate(v, Activation::relu6);
        return {y};
      };
      c.op = [g](const std::vector<Tensor>& in) -> std::vector<Tensor> {
        return {depthwise_fused(in[0], in[1], in[2], g, Activation::relu6)};
      };
      f.cases.push_back(c);
    }
  };
  const auto same = [&](const std::string& name, Shape x, Shape w, bool bias, int stride) {
    both(name, x, w, bias, {stride, same_padding(x[1], x[2], w[0], w[1], stride)});
  };
  same("3x3", {2, 5, 6, 3}, {3, 3, 3}, false, 1);
  same("3x3", {2, 5, 6, 3}, {3, 3, 3}, true, 1);
  same("3x3 of one channel", {2, 7, 6, 1}, {3, 3, 1}, true, 1);
  same("3x3 of 16 channels", {2, 6, 7, 16}, {3, 3, 16}, false, 1);
  same("3x3 of 33 channels", {3, 6, 5, 33}, {3, 3, 33}, true, 1);
  same("3x3 stride 2, even", {2, 8, 6, 17}, {3, 3, 17}, false, 2);
  same("3x3 stride 2, odd", {2, 7, 9, 5}, {3, 3, 5}, true, 2);
  same("3x3 larger than the image", {2, 1, 2, 4}, {3, 3, 4}, false, 1);
  both("3x3 stride 2 as MobileNetV2 pads", {2, 8, 9, 24}, {3, 3, 24}, false, {2, keras_stride2_padding(8, 9, 3)});
  both("3x3 valid", {1, 6, 5, 20}, {3, 3, 20}, true, {1, {}});
  both("3x3 asymmetric padding", {1, 5, 6, 3}, {3, 3, 3}, false, {1, {2, 0, 1, 3}});
  both("3x3 stride 2, more padding above than on the left", {2, 6, 6, 17}, {3, 3, 17}, true, {2, {1, 0, 1, 1}});
  both("3x2 stride 3", {1, 9, 8, 2}, {3, 2, 2}, false, {3, {1, 0, 0, 1}});
  same("5x5", {2, 8, 7, 9}, {5, 5, 9}, true, 1);
  same("5x5 stride 2", {2, 9, 8, 32}, {5, 5, 32}, false, 2);
  same("5x5 of 6 channels", {2, 7, 6, 6}, {5, 5, 6}, true, 1);
  both("5x5 asymmetric padding", {1, 6, 9, 4}, {5, 5, 4}, false, {1, {4, 0, 1, 6}});
  both("5x5 stride 2, more padding above than on the left", {2, 6, 7, 4}, {5, 5, 4}, true, {2, {3, 0, 1, 1}});
  both("3x3 asymmetric padding of 8 channels", {2, 5, 6, 8}, {3, 3, 8}, true, {1, {3, 0, 1, 3}});
  both("3x3 stride 2, more padding above, 4 channels", {2, 6, 5, 4}, {3, 3, 4}, true, {2, {1, 0, 1, 1}});
  same("7x7", {1, 9, 8, 8}, {7, 7, 8}, false, 1);
  same("3x3 as in a network", {2, 24, 24, 48}, {3, 3, 48}, false, 1);

  for (const Device device : {Device::emulated, Device::cuda})
    for (const DepthwiseAlgorithm algorithm : kDepthwiseAlgorithms)
      f.algorithms.push_back({str(name_of(device), ", ", name_of(algorithm)), device, [algorithm](const auto& body) {
                                const ForceDepthwise force(algorithm);
                                body();
                              }});

  const Tensor x({2, 8, 8, 16}), w({3, 3, 16});
  f.refusals = {
      {"x of rank 2",
       [=] {
         depthwise_conv2d(Tensor({8, 16}), w, {}, {});
       },
       "depthwise_conv2d: x must be [N, H, W, C], got [8, 16]"},
      {"w of rank 4",
       [=] {
         depthwise_conv2d(x, Tensor({3, 3, 16, 1}), {}, {});
       },
       "depthwise_conv2d: w must be [R, S, C], got [3, 3, 16, 1]"},
      {"wrong channel count",
       [=] {
         depthwise_conv2d(x, Tensor({3, 3, 8}), {}, {});
       },
       "depthwise_conv2d: w must be [R, S, C=16], got [3, 3, 8]"},
      {"wrong bias", [=] { depthwise_conv2d(x, w, Tensor(Shape{4}), {}); },
       "depthwise_conv2d: b must be [C] = [16], got [4]"},
      {"activation that cannot be fused", [=] { depthwise_fused(x, w, {}, {}, Activation::sigmoid); },
       "depthwise_fused: only none, relu and relu6 can be fused"},
      {"stride 0",
       [=] {
         depthwise_conv2d(x, w, {}, {0, {}});
       },
       "depthwise_conv2d: stride must be at least 1, got 0"},
      {"window larger than the image",
       [=] {
         depthwise_conv2d(Tensor({1, 2, 4, 16}), w, {}, {});
       },
       "depthwise_conv2d: a window of 3 does not fit 2 + padding 0 + 0"},
  };
  return f;
}

}  // namespace mueca::suite
