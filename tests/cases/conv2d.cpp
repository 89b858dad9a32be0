// conv2d: the definition with seven loops, forward and scattered back.
#include <gtest/gtest.h>

#include "kernels/cpu/algorithms.h"
#include "tests/cases/conv2d_winograd.h"
#include "tests/rungs.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

// Calls tap(n, p, q, r, s, h, w) for each place of the window that lies inside the image.
template <class Tap>
void for_taps(const Shape& x, const Shape& y, Index rows, Index columns, Conv2d g, const Tap& tap) {
  for (Index n = 0; n < y[0]; ++n)
    for (Index p = 0; p < y[1]; ++p)
      for (Index q = 0; q < y[2]; ++q)
        for (Index r = 0; r < rows; ++r)
          for (Index s = 0; s < columns; ++s) {
            const Index h = p * g.stride + r - g.pad.top, w = q * g.stride + s - g.pad.left;
            if (inside(h, x[1]) && inside(w, x[2])) tap(n, p, q, r, s, h, w);
          }
}

Shape output_shape(const Shape& x, const Shape& w, Conv2d g) {
  return {x[0], (x[1] + g.pad.top + g.pad.bottom - w[0]) / g.stride + 1,
          (x[2] + g.pad.left + g.pad.right - w[1]) / g.stride + 1, w[3]};
}

Arrays forward(const Arrays& in, Conv2d g) {  // x [N, H, W, C], w [R, S, C, K], [b [K]]
  const Array &x = in[0], &w = in[1];
  Sums y(output_shape(x.shape, w.shape, g));
  const Index channels = w.shape[2], filters = w.shape[3];
  for_taps(x.shape, y.shape, w.shape[0], w.shape[1], g,
           [&](Index n, Index p, Index q, Index r, Index s, Index h, Index v) {
             const Real *pixel = x.from(n, h, v, 0), *filter = w.from(r, s, 0, 0);
             Sum* out = y.from(n, p, q, 0);
             for (Index c = 0; c < channels; ++c)
               for (Index k = 0; k < filters; ++k) out[k] += pixel[c] * filter[c * filters + k];
           });
  if (in.size() > 2)
    for (Index i = 0; i < y.size(); ++i) y(i) += in[2](i % filters);
  return {reals(y)};
}

Arrays gradient(const Arrays& in, const Array& gy, Conv2d g) {
  const Array &x = in[0], &w = in[1];
  Sums gx(x.shape), gw(w.shape), gb(Shape{w.shape[3]});
  const Index filters = w.shape[3];
  for_taps(x.shape, gy.shape, w.shape[0], w.shape[1], g,
           [&](Index n, Index p, Index q, Index r, Index s, Index h, Index v) {
             const Real *pixel = x.from(n, h, v, 0), *filter = w.from(r, s, 0, 0), *g = gy.from(n, p, q, 0);
             Sum *to_pixel = gx.from(n, h, v, 0), *to_filter = gw.from(r, s, 0, 0);
             for (Index c = 0; c < w.shape[2]; ++c)
               for (Index k = 0; k < filters; ++k) {
                 to_pixel[c] += g[k] * filter[c * filters + k];
                 to_filter[c * filters + k] += pixel[c] * g[k];
               }
           });
  for (Index i = 0; i < gy.size(); ++i) gb(i % filters) += gy(i);
  Arrays result{reals(gx), reals(gw)};
  if (in.size() > 2) result.push_back(reals(gb));
  return result;
}

std::string runner_name(cpu::ConvAlgorithm algorithm) { return str("cpu, ", cpu::name_of(algorithm)); }

// Whether the kernel's answer to this pass, on this runner, keeps to the bound of its own products.
bool bounded_by_own_terms(const Runner& runner, cpu::ConvPass pass, const ConvShape& d) {
  if (runner.device != Device::cpu) return true;
  for (const cpu::ConvAlgorithm algorithm : cpu::conv_algorithms())
    if (runner.name == runner_name(algorithm) && cpu::supports(algorithm, pass, d))
      return cpu::bounded_by_own_terms(algorithm);
  return cpu::bounded_by_own_terms(cpu::choose(pass, d));
}

ConvShape shape_of(const Shape& x, const Shape& w, const Shape& y, Conv2d g) {
  return {x[0], x[1], x[2],     x[3],      y[1],       y[2],         y[3],
          w[0], w[1], g.stride, g.pad.top, g.pad.left, g.pad.bottom, g.pad.right};
}

void widen(const Runner& runner, const Arrays& in, const Array& gy, Conv2d g, Arrays& y, Arrays& gx) {
  const Array &x = in[0], &w = in[1];
  const ConvShape d = shape_of(x.shape, w.shape, gy.shape, g);
  if (!bounded_by_own_terms(runner, cpu::ConvPass::forward, d)) widen_forward(x, w, g, y[0]);
  if (!bounded_by_own_terms(runner, cpu::ConvPass::backward_data, d)) widen_backward_data(gy, w, g, gx[0]);
  if (!bounded_by_own_terms(runner, cpu::ConvPass::backward_weights, d)) widen_backward_weights(x, gy, g, gx[1]);
  const ProductShares shares = product_shares(runner, d);
  if (shares.none()) return;
  const Arrays sizes{magnitudes(x), magnitudes(w)}, gradients = gradient(sizes, magnitudes(gy), g);
  widen_by(shares.forward, forward(sizes, g)[0], y[0]);
  widen_by(shares.data, gradients[0], gx[0]);
  widen_by(shares.weights, gradients[1], gx[1]);
}

Case make(std::string name, Shape x, Shape w, bool bias, Conv2d g, Values values) {
  Case c;
  c.name = str("conv2d ", name, bias ? " bias" : "", values == Values::integers ? " integers" : "");
  c.inputs = {{x, values}, {w, values}};
  if (bias) c.inputs.push_back({Shape{w[3]}, values});
  c.forward = [g](const Arrays& in) { return forward(in, g); };
  c.gradient = [g](const Arrays& in, const Array& gy) { return gradient(in, gy, g); };
  c.op = [g](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    return {conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), g)};
  };
  c.widen = [g](const Runner& runner, const Arrays& in, const Array& gy, Arrays& y, Arrays& gx) {
    widen(runner, in, gy, g, y, gx);
  };
  c.exact = values == Values::integers;
  c.operations = static_cast<double>(output_shape(x, w, g).size() / w[3] * w.size());
  c.differences = x.size() * w[0] * w[1] * w[3] < 20000;
  return c;
}

// conv2d_packed: bias, residual sum and activation in the same pass; without gradients.
Case make_packed(std::string name, Shape x, Shape w, Conv2d g, Activation a, bool residual, Values values) {
  Case c;
  c.name = str("conv2d_packed ", name, residual ? " residual" : "", values == Values::integers ? " integers" : "");
  c.inputs = {{x, values, false}, {w, values, false}, {Shape{w[3]}, values, false}};
  if (residual) c.inputs.push_back({output_shape(x, w, g), values, false});
  c.forward = [g, a](const Arrays& in) -> Arrays {
    Array y = forward({in[0], in[1], in[2]}, g)[0];
    for (std::size_t i = 0; i < y.at.size(); ++i)
      y.at[i] = activate(in.size() > 3 ? y.at[i] + in[3].at[i] : y.at[i], a);
    return {y};
  };
  c.op = [g, a](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Tensor packed = conv2d_pack(in[1], g, in[0].extent(1), in[0].extent(2));
    return {conv2d_packed(in[0], in[1], in[2], packed, g, a, in.size() > 3 ? in[3] : Tensor())};
  };
  c.widen = [g](const Runner& runner, const Arrays& in, const Array&, Arrays& y, Arrays&) {
    const ConvShape d = shape_of(in[0].shape, in[1].shape, y[0].shape, g);
    if (!cpu::bounded_by_own_terms(cpu::choose_packed(d))) widen_forward(in[0], in[1], g, y[0]);
    const double share = product_shares(runner, d).forward;
    if (share > 0) widen_by(share, forward({magnitudes(in[0]), magnitudes(in[1])}, g)[0], y[0]);
  };
  c.exact = values == Values::integers;
  c.operations = static_cast<double>(output_shape(x, w, g).size() / w[3] * w.size());
  return c;
}

Conv2d same(const Shape& x, Index rows, Index columns, int stride) {
  return {stride, same_padding(x[1], x[2], rows, columns, stride)};
}

// What Keras pads: the odd pixel to the bottom and right, and MobileNetV2's stride-2 convolutions by correct_pad.
TEST(Padding, IsWhatKerasPads) {
  EXPECT_EQ(same_padding(48, 48, 3, 3, 1), (Padding{1, 1, 1, 1}));
  EXPECT_EQ(same_padding(48, 48, 3, 3, 2), (Padding{0, 0, 1, 1}));
  EXPECT_EQ(same_padding(47, 48, 3, 3, 2), (Padding{1, 0, 1, 1}));
  EXPECT_EQ(same_padding(48, 48, 5, 7, 1), (Padding{2, 3, 2, 3}));
  EXPECT_EQ(same_padding(224, 224, 7, 7, 2), (Padding{2, 2, 3, 3}));
  EXPECT_EQ(same_padding(10, 10, 2, 4, 1), (Padding{0, 1, 1, 2}));
  EXPECT_EQ(same_padding(9, 9, 1, 1, 2), (Padding{0, 0, 0, 0}));
  EXPECT_EQ(keras_stride2_padding(224, 224, 3), (Padding{0, 0, 1, 1}));
  EXPECT_EQ(keras_stride2_padding(7, 8, 3), (Padding{1, 0, 1, 1}));
  EXPECT_EQ(keras_stride2_padding(8, 7, 5), (Padding{1, 2, 2, 2}));
}

}  // namespace

Family conv2d_family() {
  Family f;
  f.activations = {0, 3};  // x, and the residual of a packed one
  const auto both = [&](const std::string& name, Shape x, Shape w, bool bias, Conv2d g) {
    f.cases.push_back(make(name, x, w, bias, g, Values::integers));
    f.cases.push_back(make(name, x, w, bias, g, Values::reals));
  };
  const auto both_same = [&](const std::string& name, Shape x, Shape w, bool bias, int stride) {
    both(name, x, w, bias, same(x, w[0], w[1], stride));
  };
  both_same("3x3", {2, 5, 6, 3}, {3, 3, 3, 4}, false, 1);
  both_same("3x3", {2, 5, 6, 3}, {3, 3, 3, 4}, true, 1);
  both_same("3x3 of one channel", {3, 7, 7, 1}, {3, 3, 1, 16}, true, 1);
  both_same("3x3 stride 2, even", {2, 6, 8, 3}, {3, 3, 3, 5}, false, 2);
  both_same("3x3 stride 2, odd", {1, 7, 5, 2}, {3, 3, 2, 3}, true, 2);
  both("3x3 stride 2 as MobileNetV2 pads", {2, 8, 9, 3}, {3, 3, 3, 8}, false, {2, keras_stride2_padding(8, 9, 3)});
  both("3x3 valid", {2, 5, 4, 3}, {3, 3, 3, 5}, true, {1, {}});
  both("3x3 asymmetric padding", {1, 5, 6, 2}, {3, 3, 2, 3}, true, {1, {2, 0, 1, 3}});
  both("3x3 stride 2, asymmetric padding", {2, 5, 6, 3}, {3, 3, 3, 17}, false, {2, {0, 2, 1, 0}});
  both("3x3 stride 2, more padding above than on the left", {2, 6, 6, 16}, {3, 3, 16, 16}, true, {2, {1, 0, 1, 1}});
  both("3x3 stride 3 leaves pixels unread", {1, 8, 7, 2}, {3, 3, 2, 3}, false, {3, {}});
  both("3x2 filter", {1, 5, 6, 2}, {3, 2, 2, 3}, true, {1, {1, 0, 1, 1}});
  both_same("3x3 filter larger than the image", {2, 1, 2, 3}, {3, 3, 3, 4}, false, 1);
  both_same("1x1", {2, 4, 3, 5}, {1, 1, 5, 7}, true, 1);
  both_same("1x1 stride 2", {2, 5, 4, 16}, {1, 1, 16, 33}, false, 2);
  both_same("1x1 wide", {1, 5, 7, 33}, {1, 1, 33, 17}, false, 1);
  both_same("5x5", {2, 7, 6, 2}, {5, 5, 2, 3}, true, 1);
  both_same("5x5 stride 2", {1, 9, 8, 3}, {5, 5, 3, 16}, false, 2);
  both_same("7x7", {1, 9, 8, 2}, {7, 7, 2, 3}, true, 1);
  both_same("7x7 stride 2", {1, 10, 9, 3}, {7, 7, 3, 8}, false, 2);
  both_same("3x3 of 17 channels", {1, 6, 5, 17}, {3, 3, 17, 33}, false, 1);
  // Sizes that the tiled algorithms take: whole tiles, and tiles that stick out on one side or on both.
  both_same("3x3, whole tiles", {2, 12, 12, 16}, {3, 3, 16, 16}, false, 1);
  both_same("3x3, whole tiles", {1, 16, 16, 32}, {3, 3, 32, 32}, true, 1);
  both_same("3x3, ragged tiles", {3, 9, 11, 16}, {3, 3, 16, 32}, true, 1);
  both("3x3 valid, ragged tiles", {2, 10, 13, 32}, {3, 3, 32, 16}, false, {1, {}});
  both_same("3x3, several images at a time", {17, 5, 4, 33}, {3, 3, 33, 40}, true, 1);
  // What Hopper's products take: 64 channels at a time, and images that keep their size (larger ones, and in every
  // order of threads: kernels/emulated/conv2d_test.cpp).
  const Shape small{1, 3, 5, 64}, thick{1, 3, 3, 128};
  both("3x3, 64 channels, asymmetric padding", small, {3, 3, 64, 64}, true, {1, {2, 1, 0, 1}});
  f.cases.push_back(make("3x3, 128 channels to 64", thick, {3, 3, 128, 64}, true, same(thick, 3, 3, 1), Values::reals));
  f.cases.push_back(make("3x3, 64 channels to 128, several images", {3, 2, 2, 64}, {3, 3, 64, 128}, false,
                         same({3, 2, 2, 64}, 3, 3, 1), Values::integers));
  both_same("3x3 of one channel, large", {2, 24, 24, 1}, {3, 3, 1, 32}, true, 1);

  const auto packed = [&](const std::string& name, Shape x, Shape w, int stride, Activation a, bool residual) {
    for (const Values values : {Values::integers, Values::reals})
      f.cases.push_back(make_packed(name, x, w, same(x, w[0], w[1], stride), a, residual, values));
  };
  packed("3x3 of one channel", {1, 11, 9, 1}, {3, 3, 1, 32}, 1, Activation::relu, false);
  packed("3x3 stride 2", {1, 9, 8, 3}, {3, 3, 3, 24}, 2, Activation::relu6, false);
  packed("3x3, whole tiles", {1, 12, 12, 32}, {3, 3, 32, 32}, 1, Activation::relu, true);
  packed("3x3, ragged tiles", {2, 11, 10, 33}, {3, 3, 33, 40}, 1, Activation::relu, true);
  packed("3x3 stride 2, thick", {1, 17, 16, 32}, {3, 3, 32, 48}, 2, Activation::none, false);
  packed("3x3 of few pixels", {1, 3, 3, 40}, {3, 3, 40, 56}, 1, Activation::relu6, true);
  f.cases.push_back(make_packed("3x3, 64 channels", small, {3, 3, 64, 64}, same(small, 3, 3, 1), Activation::relu6,
                                true, Values::reals));
  packed("1x1", {1, 3, 3, 50}, {1, 1, 50, 17}, 1, Activation::none, true);
  packed("1x1 stride 2", {3, 5, 6, 20}, {1, 1, 20, 36}, 2, Activation::relu, false);

  f.threads_agree = false;  // oneDNN splits its sums by the number of threads
  for (const cpu::ConvAlgorithm algorithm : cpu::conv_algorithms())
    f.algorithms.push_back({runner_name(algorithm), Device::cpu, [algorithm](const auto& body) {
                              const cpu::ForceConvAlgorithm force(algorithm);
                              body();
                            }});
  f.algorithms.push_back(emulated_wgmma());
  for (Runner& rung : cuda_rungs()) f.algorithms.push_back(std::move(rung));

  const Tensor x({2, 8, 8, 16}), w({3, 3, 16, 8}), b(Shape{8});
  const auto refuse = [&](std::string name, std::string message, std::function<void()> call) {
    f.refusals.push_back({std::move(name), std::move(call), std::move(message)});
  };
  refuse("x of rank 3", "conv2d: x must be [N, H, W, C], got [8, 8, 16]", [=] {
    conv2d(Tensor({8, 8, 16}), w, b, {});
  });
  refuse("no x", "conv2d: x must be [N, H, W, C], got nothing", [=] { conv2d({}, w, b, {}); });
  refuse("bytes", "conv2d: x must be float32 or bfloat16, got uint8", [=] { conv2d(Tensor({2, 8, 8, 16}, DType::u8), w, b, {}); });
  refuse("w of rank 3", "conv2d: w must be [R, S, C, K], got [3, 3, 16]", [=] {
    conv2d(x, Tensor({3, 3, 16}), b, {});
  });
  refuse("wrong channel count", "conv2d: w must be [R, S, C=16, K], got [3, 3, 8, 32]", [=] {
    conv2d(x, Tensor({3, 3, 8, 32}), {}, {});
  });
  refuse("wrong bias", "conv2d: b must be [K] = [8], got [16]", [=] { conv2d(x, w, Tensor(Shape{16}), {}); });
  refuse("stride 0", "conv2d: stride must be at least 1, got 0", [=] { conv2d(x, w, b, {0, {}}); });
  refuse("negative padding", "conv2d: padding must not be negative, got -1 and 0", [=] {
    conv2d(x, w, b, {1, {-1, 0, 0, 0}});
  });
  refuse("window larger than the image", "conv2d: a window of 3 does not fit 2 + padding 0 + 0", [=] {
    conv2d(Tensor({1, 2, 2, 16}), w, b, {});
  });
  const Tensor filter = conv2d_pack(w, {}, 8, 8);
  refuse("another filter's packing", "conv2d_packed: packed must be what conv2d_pack made of w",
         [=] { conv2d_packed(x, w, b, Tensor(Shape{16}), {}, Activation::none); });
  refuse("wrong residual", "conv2d_packed: residual must be the shape of y = [2, 6, 6, 8], got [2, 8, 8, 16]",
         [=] { conv2d_packed(x, w, b, filter, {}, Activation::none, x); });
  refuse("activation that cannot be fused", "conv2d_packed: only none, relu and relu6 can be fused",
         [=] { conv2d_packed(x, w, b, filter, {}, Activation::swish); });
  refuse("same padding of stride 0", "same_padding: stride must be at least 1", [] { same_padding(8, 8, 3, 3, 0); });
  return f;
}

}  // namespace mueca::suite
