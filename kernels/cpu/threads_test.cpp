// Results must not depend on how many threads computed them: every kernel that is not a linear map, bit for bit.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/kernel_list.h"
#include "core/parallel.h"
#include "core/random.h"

namespace mueca {
namespace {

using Floats = std::vector<float>;

Floats normals(std::int64_t count, std::uint32_t lane) {
  Random random({7, RandomStream::test}, lane);
  Floats v(static_cast<std::size_t>(count));
  for (float& x : v) x = random.normal();
  return v;
}

// The views of one call; every output ends up in one long vector.
struct Call {
  std::vector<Floats> kept;  // the buffers behind the views
  std::vector<std::size_t> outputs;
  Stream stream;

  template <class... Extents>
  In<sizeof...(Extents)> in(Extents... e) {
    kept.push_back(normals((std::int64_t{1} * ... * e), static_cast<std::uint32_t>(kept.size())));
    return {kept.back().data(), {e...}};
  }
  template <class... Extents>
  Out<sizeof...(Extents)> out(Extents... e) {
    outputs.push_back(kept.size());
    kept.push_back(normals((std::int64_t{1} * ... * e), 99));
    return {kept.back().data(), {e...}};
  }
  Floats result() const {
    Floats all;
    for (std::size_t i : outputs) all.insert(all.end(), kept[i].begin(), kept[i].end());
    return all;
  }
};

using Index = std::int64_t;
constexpr Index M = 9001, C = 24, N = 7, H = 30, W = 31, P = 15, n = M * C;
constexpr BatchNorm kNorm{1e-3f, Activation::relu6};
constexpr StepNumbers kNumbers{2, 0.1f, 0.5f, 0.5f, 0};
constexpr Numbers kNow{&kNumbers, {1}};
constexpr Pool2d kPool{3, 2, {1, 1, 0, 0}};

void norm_backward(Call& c, Signatures<float>::batch_norm_backward* kernel) {
  kernel(c.stream, c.in(M, C), c.in(M, C), c.in(M, C), c.in(C), c.in(C), c.in(C), c.out(M, C), c.out(C), c.out(C),
         c.out(M, C), {1.0f + 9, Activation::relu6});  // epsilon keeps these random variances above zero
}

// clang-format off
const std::map<std::string, std::function<void(Call&)>> kCalls = {
    {"batch_norm_forward", [](Call& c) { cpu::batch_norm_forward(c.stream, c.in(M, C), c.in(C), c.in(C), c.in(M, C), c.out(M, C), c.out(C), c.out(C), c.out(C), c.out(C), 0.9f, kNorm); }},
    {"batch_norm_backward", [](Call& c) { norm_backward(c, cpu::batch_norm_backward); }},
    {"batch_norm_inference_forward", [](Call& c) { cpu::batch_norm_inference_forward(c.stream, c.in(M, C), c.in(C), c.in(C), c.in(C), c.in(C), c.in(M, C), c.out(M, C), {10, Activation::relu}); }},
    {"batch_norm_inference_backward", [](Call& c) { norm_backward(c, cpu::batch_norm_inference_backward); }},
    {"relu", [](Call& c) { cpu::activation_forward(c.stream, c.in(n), c.out(n), Activation::relu); }},
    {"sigmoid", [](Call& c) { cpu::activation_forward(c.stream, c.in(n), c.out(n), Activation::sigmoid); }},
    {"swish", [](Call& c) { cpu::activation_forward(c.stream, c.in(n), c.out(n), Activation::swish); }},
    {"swish backward", [](Call& c) { cpu::activation_backward(c.stream, c.in(n), c.in(n), c.in(n), c.out(n), Activation::swish); }},
    {"add", [](Call& c) { cpu::add_forward(c.stream, c.in(n), c.in(n), c.out(n)); }},
    {"dropout", [](Call& c) { cpu::dropout_forward(c.stream, c.in(n), kNow, c.out(n), {0.3f, {5, RandomStream::dropout}}); }},
    {"max_pool_forward", [](Call& c) { cpu::max_pool_forward(c.stream, c.in(N, H, W, C), c.out(N, P, P + 1, C), kPool); }},
    {"max_pool_backward", [](Call& c) { cpu::max_pool_backward(c.stream, c.in(N, H, W, C), c.in(N, P, P + 1, C), c.in(N, P, P + 1, C), c.out(N, H, W, C), kPool); }},
    {"avg_pool_forward", [](Call& c) { cpu::avg_pool_forward(c.stream, c.in(N, H, W, C), c.out(N, P, P + 1, C), kPool); }},
    {"avg_pool_backward", [](Call& c) { cpu::avg_pool_backward(c.stream, c.in(N, P, P + 1, C), c.out(N, H, W, C), kPool); }},
    {"global_avg_pool_forward", [](Call& c) { cpu::global_avg_pool_forward(c.stream, c.in(N, H * W, C), c.out(N, C)); }},
    {"global_avg_pool_backward", [](Call& c) { cpu::global_avg_pool_backward(c.stream, c.in(N, C), c.out(N, H * W, C)); }},
    {"squeeze_excite_forward", [](Call& c) { cpu::squeeze_excite_forward(c.stream, c.in(N, H * W, C), c.in(C, 6l), c.in(6l), c.in(6l, C), c.in(C), c.out(N, H * W, C), c.out(N, C), c.out(N, 6l), c.out(N, C)); }},
    {"squeeze_excite_backward", [](Call& c) { cpu::squeeze_excite_backward(c.stream, c.in(N, H * W, C), c.in(C, 6l), c.in(6l, C), c.in(N, C), c.in(N, 6l), c.in(N, C), c.in(N, H * W, C), c.out(N, H * W, C), c.out(C, 6l), c.out(6l), c.out(6l, C), c.out(C)); }},
    {"copy_columns", [](Call& c) { cpu::copy_columns(c.stream, c.in(M, C), 3, c.out(M, C + 5), 7, 20); }},
    {"resize_bilinear_forward", [](Call& c) { cpu::resize_bilinear_forward(c.stream, c.in(N, H, W, C), c.out(N, 47l, 20l, C)); }},
    {"resize_bilinear_backward", [](Call& c) { cpu::resize_bilinear_backward(c.stream, c.in(N, 47l, 20l, C), c.out(N, H, W, C)); }},
    {"softmax_forward", [](Call& c) { cpu::softmax_forward(c.stream, c.in(M, 7l), c.out(M, 7l)); }},
    {"softmax_backward", [](Call& c) { cpu::softmax_backward(c.stream, c.in(M, 7l), c.in(M, 7l), c.out(M, 7l)); }},
    {"softmax_cross_entropy", [](Call& c) { cpu::softmax_cross_entropy(c.stream, c.in(M, 7l), c.in(M, 7l), c.out(M), c.out(M, 7l)); }},
    {"squared_hinge", [](Call& c) { cpu::squared_hinge(c.stream, c.in(M, 7l), c.in(M, 7l), c.out(M), c.out(M, 7l)); }},
    {"mean_forward", [](Call& c) { cpu::mean_forward(c.stream, c.in(n), c.out(1l)); }},
    {"sum_of_squares", [](Call& c) { cpu::sum_of_squares(c.stream, c.in(n), c.out(1l)); }},
    {"count_correct", [](Call& c) { cpu::count_correct(c.stream, c.in(M, 7l), c.in(M, 7l), c.out(1l)); }},
    {"fill", [](Call& c) { cpu::fill(c.stream, c.out(n), 3); }},
    {"scale", [](Call& c) { cpu::scale(c.stream, c.in(n), c.in(1l), 0.7f, c.out(n)); }},
    {"lerp", [](Call& c) { cpu::lerp(c.stream, c.in(n), {}, 0.1f, c.out(n)); }},
    {"sgd_step", [](Call& c) { cpu::sgd_step(c.stream, c.out(n), c.in(n), c.out(n), kNow, {0.9f, 1e-4f, 1}); }},
    {"adam_step", [](Call& c) { auto v = c.out(n); std::fill_n(v.data, n, 0.3f); cpu::adam_step(c.stream, c.out(n), c.in(n), c.out(n), v, kNow, {0.9f, 0.999f, 1e-8f, 1e-4f, 1}); }},
};
// clang-format on

Floats run(const std::function<void(Call&)>& call, int threads) {
  const int before = thread_count();
  set_thread_count(threads);
  Call c;
  call(c);
  set_thread_count(before);
  return c.result();
}

class Threads : public testing::TestWithParam<std::pair<const std::string, std::function<void(Call&)>>> {};

TEST_P(Threads, OneTwoThreeFiveAgree) {
  const Floats one = run(GetParam().second, 1);
  for (int threads : {2, 3, 5}) {
    const Floats many = run(GetParam().second, threads);
    ASSERT_EQ(one.size(), many.size());
    EXPECT_EQ(0, std::memcmp(one.data(), many.data(), one.size() * sizeof(float))) << threads << " threads";
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Threads, testing::ValuesIn(kCalls.begin(), kCalls.end()), [](const auto& info) {
  std::string name = info.param.first;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

// Who computes many small things gives each to one thread: then a convolution is all that thread's.
TEST(Threads, ConvolutionsAreWholeWithinATeam) {
  constexpr Index kImages = 2, kSize = 9, kIn = 8, kOut = 16;
  Call c;
  const auto integers = [](Floats& v) {
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(static_cast<int>(i * 7 % 9) - 4);
  };
  const In<4> x = c.in(kImages, kSize, kSize, kIn), gy = c.in(kImages, kSize, kSize, kOut);
  for (Floats& v : c.kept) integers(v);
  const Conv2d g{1, {1, 1, 1, 1}};
  const auto gradient = [&](Floats& gw) {
    Stream stream;
    cpu::conv2d_backward_weights(stream, x, gy, Out<4>{gw.data(), {3, 3, kIn, kOut}}, g);
  };
  Floats alone(9 * kIn * kOut);
  gradient(alone);
  const int before = thread_count();
  set_thread_count(3);
  std::vector<Floats> together(6, Floats(alone.size()));
  parallel_for(6, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) gradient(together[static_cast<std::size_t>(i)]);
  });
  set_thread_count(before);
  for (const Floats& one : together) EXPECT_EQ(one, alone);
}

}  // namespace
}  // namespace mueca
