#include "core/autograd.h"

#include <gtest/gtest.h>

#include "core/memory.h"
#include "core/ops.h"

namespace mueca {
namespace {

std::string message_of(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

using Floats = std::vector<float>;

// y = factor * x, counting how often its backward runs.
Tensor times(const Tensor& x, float factor, int* calls = nullptr) {
  const auto scaled = [factor](const Tensor& t) {
    Tensor out = t.clone();
    for (float& v : out.span()) v *= factor;
    return out;
  };
  return record({"scale"}, scaled(x), {x}, [=](const Tensor& gy) -> std::vector<Tensor> {
    if (calls) ++*calls;
    return {scaled(gy)};
  });
}

TEST(Autograd, OfADiamondSumsBothWaysAndVisitsEachNodeOnce) {
  const Tensor x = variable(Tensor::from(Shape{2}, {1, 2}));
  int calls = 0;
  const Tensor top = times(x, 2, &calls);
  const Tensor y = add(times(top, 3, &calls), times(top, 5, &calls));
  backward(y, Tensor::from(Shape{2}, {1, 10}));
  EXPECT_EQ(grad_of(x).to_vector(), (Floats{16, 160}));
  EXPECT_EQ(calls, 3);  // `top` waits for both of its users
}

TEST(Autograd, OfNestedDiamondsIsLinearInTheirNumber) {
  const Tensor x = variable(Tensor::full(Shape{1}, 1));
  int calls = 0;
  Tensor y = x;
  for (int i = 0; i < 40; ++i) y = times(add(y, y), 0.5f, &calls);  // 2^40 paths
  backward(y);
  EXPECT_EQ(grad_of(x).item(), 1);
  EXPECT_EQ(calls, 40);
}

TEST(Autograd, SumsOverEachUseOfATensor) {
  const Tensor x = variable(Tensor::full(Shape{3}, 1));
  Tensor y = add(x, x);
  y = add(y, x);
  backward(y, Tensor::from(Shape{3}, {1, 2, 3}));
  EXPECT_EQ(grad_of(x).to_vector(), (Floats{3, 6, 9}));
}

// add() hands one buffer to both of its inputs: a later sum into one of them must not reach the other.
TEST(Autograd, DoesNotMixGradientsThatShareABuffer) {
  const Tensor a = variable(Tensor::full(Shape{1}, 1)), b = variable(Tensor::full(Shape{1}, 1));
  const Tensor y = add(add(a, b), times(a, 10));
  const Tensor gy = Tensor::full(Shape{1}, 1);
  backward(y, gy);
  EXPECT_EQ(grad_of(a).item(), 11);
  EXPECT_EQ(grad_of(b).item(), 1);
  EXPECT_EQ(gy.item(), 1);
}

TEST(Autograd, LeavesAccumulateUntilTheyAreCleared) {
  const Tensor x = variable(Tensor::full(Shape{1}, 1));
  EXPECT_FALSE(grad_of(x).defined());
  backward(times(x, 2));
  backward(times(x, 3));
  EXPECT_EQ(grad_of(x).item(), 5);
  clear_grad(x);
  EXPECT_FALSE(grad_of(x).defined());
  backward(times(x, 7));
  EXPECT_EQ(grad_of(x).item(), 7);
}

TEST(Autograd, WalksLongChainsWithoutRecursion) {
  const Tensor x = variable(Tensor::full(Shape{1}, 1));
  {
    Tensor y = x;
    for (int i = 0; i < 100000; ++i) y = times(y, 1);
    backward(y);
    EXPECT_EQ(grad_of(x).item(), 1);
  }
  Tensor y = x;  // and takes them apart, when nobody ever asked for a gradient
  for (int i = 0; i < 100000; ++i) y = add(y, y);
}

TEST(Autograd, FreesActivationsDuringTheWalk) {
  const Tensor x = variable(Tensor::full(Shape{1 << 16}, 1));
  const std::size_t one = x.size() * sizeof(float), before = memory_stats(Device::cpu).live;
  Tensor y = x;
  for (int i = 0; i < 50; ++i) y = relu(y);
  EXPECT_EQ(memory_stats(Device::cpu).live, before + 50 * one);
  Tensor gy = Tensor::full(x.shape(), 1);
  reset_peak(Device::cpu);
  backward(y, gy);
  EXPECT_LE(memory_stats(Device::cpu).peak, before + 54 * one);  // a few gradients at a time, not fifty more buffers
  EXPECT_EQ(memory_stats(Device::cpu).live, before + 3 * one);   // y and gy are still held here, and x has a gradient
  y = {}, gy = {};
  EXPECT_EQ(memory_stats(Device::cpu).live, before + one);
}

TEST(Autograd, ADroppedTapeHoldsNothing) {
  const Tensor x = variable(Tensor::full(Shape{1000}, 1));
  const std::size_t before = memory_stats(Device::cpu).live;
  { const Tensor y = sigmoid(relu(add(x, x))); }
  EXPECT_EQ(memory_stats(Device::cpu).live, before);
}

TEST(Autograd, NoGradRecordsNothingAndNests) {
  const Tensor x = variable(Tensor::full(Shape{1}, 1));
  EXPECT_TRUE(recording());
  {
    const NoGrad outer;
    { const NoGrad inner; }
    EXPECT_FALSE(recording());
    EXPECT_FALSE(relu(x).requires_grad());
  }
  EXPECT_TRUE(recording());
  EXPECT_TRUE(relu(x).requires_grad());
}

TEST(Autograd, RecordsOnlyWhatDependsOnAVariable) {
  const Tensor constant = Tensor::full(Shape{1}, 1), x = variable(constant);
  EXPECT_FALSE(relu(constant).requires_grad());
  backward(add(x, constant));
  EXPECT_EQ(grad_of(x).item(), 1);
  EXPECT_EQ(message_of([&] { backward(relu(constant)); }), "backward: the loss depends on no variable");
  EXPECT_EQ(message_of([&] { grad_of(constant); }), "grad_of: the tensor is not a variable");
}

TEST(Autograd, BackwardRecordsNothingItself) {
  const Tensor x = variable(Tensor::full(Shape{1}, 1));
  bool was_recording = true;
  backward(record({"copy"}, x.clone(), {x}, [&](const Tensor& gy) -> std::vector<Tensor> {
    was_recording = recording();
    return {gy};
  }));
  EXPECT_FALSE(was_recording);
}

TEST(Autograd, ATraceListsTheOpsOfItsLifetime) {
  const Tensor x = Tensor::full(Shape{2}, 1);
  relu(x);
  Tensor y;
  {
    Trace trace;
    {
      const Trace inner;
      relu6(x);
      EXPECT_EQ(inner.ops.size(), 1u);
    }
    y = add(relu(x), variable(x));
    ASSERT_EQ(trace.ops.size(), 2u);
    EXPECT_STREQ(trace.ops[0].call.name, "activation");
    EXPECT_EQ(std::get<Activation>(trace.ops[0].call.arguments), Activation::relu);
    EXPECT_STREQ(trace.ops[1].call.name, "add");
    EXPECT_EQ(trace.ops[1].inputs[0].data(), trace.ops[0].output.data());
    EXPECT_EQ(trace.ops[1].inputs[1].data(), x.data());
    EXPECT_EQ(trace.ops[1].output.data(), y.data());
    EXPECT_FALSE(trace.ops[1].output.requires_grad());  // or the tape would live as long as the trace
  }
  EXPECT_TRUE(y.requires_grad());
}

TEST(Autograd, AnUndefinedGradientMeansZero) {
  const Tensor x = variable(Tensor::full(Shape{1}, 1)), w = variable(Tensor::full(Shape{1}, 1));
  backward(record({"copy"}, x.clone(), {x, w}, [](const Tensor& gy) -> std::vector<Tensor> { return {{}, gy}; }));
  EXPECT_FALSE(grad_of(x).defined());
  EXPECT_TRUE(grad_of(w).defined());
}

TEST(Autograd, RefusesGradientsThatDoNotFit) {
  const Tensor x = variable(Tensor::full(Shape{2}, 1));
  EXPECT_EQ(message_of([&] { backward(relu(x)); }),
            "backward: the loss has shape [2], expected one element or a cotangent");
  EXPECT_EQ(message_of([&] { backward(relu(x), Tensor(Shape{3})); }),
            "backward: a gradient has shape [3], its tensor [2]");
  const auto of = [&](std::vector<Tensor> gradients) {
    return record({"copy"}, x.clone(), {x}, [gradients](const Tensor&) { return gradients; });
  };
  EXPECT_EQ(message_of([&] { backward(of({Tensor(Shape{4})}), Tensor(Shape{2})); }),
            "backward: a gradient has shape [4], its tensor [2]");
  EXPECT_EQ(message_of([&] { backward(of({}), Tensor(Shape{2})); }), "backward: 0 gradients for 1 inputs");
}

}  // namespace
}  // namespace mueca
