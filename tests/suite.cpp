#include "tests/suite.h"

#include <gtest/gtest.h>

#include <cstring>
#include <iostream>
#include <optional>

#include "core/autograd.h"
#include "core/kernels.h"
#include "core/parallel.h"
#include "kernels/emulated/executor.h"
#include "tests/problem.h"

namespace mueca::suite {
namespace {

struct Result {
  std::vector<std::vector<float>> outputs, gradients;
  std::vector<bool> narrow_outputs, narrow_gradients;  // which of them are bfloat16
  bool operator==(const Result& other) const {
    const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
      return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
    };
    return std::ranges::equal(outputs, other.outputs, same) && std::ranges::equal(gradients, other.gradients, same);
  }
};

Tensor tensor_of(Shape shape, const std::vector<float>& values, bool narrow, Device device) {
  if (!narrow) return Tensor::from(shape, values).to(device);
  std::vector<bf16> halves;
  for (const float v : values) halves.push_back(narrowed(v));
  return Tensor::from(shape, std::span<const bf16>(halves), device);
}

// Runs the op on fresh buffers; `only` < 0: every gradient, otherwise that input's alone.
Result run(const Case& c, const Problem& p, Device device, int only = -1) {
  const std::size_t live_before = memory_stats(device).live;
  Result result;
  {
    std::vector<Tensor> x;
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      const Tensor value = tensor_of(c.inputs[i].shape, p.inputs[i], p.narrow[i], device);
      const bool wanted = c.inputs[i].gradient && (only < 0 || only == static_cast<int>(i));
      x.push_back(wanted ? variable(value) : value);
    }
    const std::vector<Tensor> y = c.op(x);
    for (std::size_t i = 0; i < y.size(); ++i) {
      EXPECT_EQ(y[i].shape(), p.y.at(i).shape) << c.name << ": output " << i;
      result.outputs.push_back(y[i].to_vector());
      result.narrow_outputs.push_back(y[i].dtype() == DType::bf16);
    }
    EXPECT_EQ(y.size(), p.y.size()) << c.name;
    if (differentiable(c)) backward(y[0], tensor_of(y[0].shape(), p.cotangent, y[0].dtype() == DType::bf16, device));
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(x[i].to_vector(), p.inputs[i]) << c.name << ": input " << i << " was written to";
      result.gradients.push_back(x[i].requires_grad() ? grad_of(x[i]).to_vector() : std::vector<float>{});
      result.narrow_gradients.push_back(x[i].requires_grad() && grad_of(x[i]).dtype() == DType::bf16);
      EXPECT_TRUE(!x[i].requires_grad() || grad_of(x[i]).dtype() == x[i].dtype()) << c.name << ": input " << i;
    }
    check_guards(c.name);
  }
  EXPECT_EQ(memory_stats(device).live, live_before) << c.name << ": memory is still held after the tape is gone";
  return result;
}

// Every element within its bound (or equal), not all of them the same. What is stored in bfloat16 may be off by one
// rounding to it; an exact result is that rounding. Returns the worst error in units of the bound.
double compare(const Case& c, const std::vector<float>& got, bool narrow, const Array& expected,
               const std::string& what) {
  if (got.size() != expected.at.size()) {
    ADD_FAILURE() << what << ": " << got.size() << " elements, expected " << expected.at.size();
    return 0;
  }
  double worst = 0;
  int wrong = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    Real e = expected.at[i];
    if (narrow && c.exact) e.v = widened(narrowed(static_cast<float>(e.v)));
    if (narrow && !c.exact) e.e += kNarrowUnit / c.c * (std::abs(e.v) + c.c * e.e);
    const double error = std::abs(got[i] - e.v), bound = c.exact ? 0 : c.c * e.e;
    if (bound > 0) worst = std::max(worst, error / bound);
    if (error <= bound || ++wrong > 3) continue;  // a NaN is never within the bound
    ADD_FAILURE() << what << ": element " << i << " of " << expected.shape << " is " << got[i] << ", expected " << e.v
                  << " +- " << bound;
  }
  if (wrong > 3) ADD_FAILURE() << what << ": " << wrong << " of " << got.size() << " elements are wrong";
  const bool vacuous = std::ranges::all_of(got, [&](float v) { return v == got[0] && (v == 0 || got.size() > 1); });
  EXPECT_FALSE(vacuous) << what << ": all elements are " << (got.empty() ? 0 : got[0]) << ", the case proves nothing";
  return worst;
}

// Returns what the op gave, so that the runners of one device can be compared with each other.
Result hold_case(const Case& c, const Problem& p, const Runner& runner, double& worst) {
  const std::string where = str(c.name, " on ", runner.name, p.any_narrow() ? " in bfloat16" : "");
  Arrays y = p.y, gx = p.gx;
  if (c.widen && !p.any_narrow()) c.widen(runner, p.x, p.gy, y, gx);
  const Result first = run(c, p, runner.device);
  for (std::size_t i = 0; i < p.y.size(); ++i)
    worst = std::max(worst, compare(c, first.outputs.at(i), first.narrow_outputs[i], y[i], str(where, ": output ", i)));
  for (std::size_t i = 0; i < p.gx.size(); ++i)
    if (c.inputs[i].gradient)
      worst = std::max(worst, compare(c, first.gradients[i], first.narrow_gradients[i], gx[i],
                                      str(where, ": gradient of input ", i)));
  EXPECT_TRUE(run(c, p, runner.device) == first) << where << ": a second run gives other bits";
  const auto variables = std::ranges::count_if(c.inputs, [](const Input& i) { return i.gradient; });
  for (std::size_t i = 0; variables > 1 && i < c.inputs.size(); ++i) {
    if (!c.inputs[i].gradient) continue;
    EXPECT_EQ(run(c, p, runner.device, static_cast<int>(i)).gradients[i], first.gradients[i])
        << where << ": input " << i << " alone has another gradient";
  }
  return first;
}

// Counting, so that each kernel call is followed by a look at the guards; poisoned buffers.
class Watched {
 public:
  Watched() { count_kernel_calls(true), guard_buffers(true); }
  ~Watched() { count_kernel_calls(false), guard_buffers(false); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
};

Runner cpu_with(int threads) {
  return {str("cpu, ", threads, threads == 1 ? " thread" : " threads"), Device::cpu, [threads](const auto& body) {
            const int before = thread_count();
            set_thread_count(threads);
            body();
            set_thread_count(before);
          }};
}

Runner emulated_in(const char* name, simt::Order order) {
  return {str("emulated, ", name), Device::emulated, [order](const auto& body) {
            const simt::OrderScope scope(order, 7);
            body();
          }};
}

std::vector<Runner> runners_of(Device device) {
  if (device == Device::cpu) return {cpu_with(1), cpu_with(3)};
  if (device == Device::cuda) return {{"cuda", Device::cuda, [](const auto& body) { body(); }}};
  return {emulated_in("threads forward", simt::Order::forward), emulated_in("threads in reverse", simt::Order::reverse),
          emulated_in("threads shuffled", simt::Order::shuffled)};
}

// The executor takes tens of nanoseconds for what a GPU's thread does in one: a case has at most that many elements in
// its inputs and first output together, and that many multiplications.
constexpr Index kMostEmulatedElements = 150000;
constexpr double kMostEmulatedOperations = 2e6;

bool fits(const Case& c, const Problem& p, Device device) {
  Index elements = p.y[0].size();
  for (const Array& x : p.x) elements += x.size();
  return device != Device::emulated || (elements <= kMostEmulatedElements && c.operations <= kMostEmulatedOperations);
}

}  // namespace

void hold_kernels(const Family& family, Device device) {
  const Watched watched;
  double worst = 0;
  int held = 0, forced = 0;
  // Runs the case as `inner` says, in every order of threads of `outer`: always the same bits.
  const auto hold = [&](const Case& c, const Problem& p, const std::vector<Runner>& outer, const Runner* inner) {
    std::optional<Result> before;
    for (const Runner& order : outer)
      order.with([&] {
        const auto body = [&] {
          const Result result = hold_case(c, p, inner ? *inner : order, worst);
          EXPECT_TRUE(!before || *before == result || (device == Device::cpu && !family.threads_agree))
              << c.name << " on " << (inner ? inner->name : "") << ", " << order.name
              << ": other bits than in another order of threads";
          before = result;
        };
        if (inner)
          inner->with(body);
        else
          body();
      });
  };
  for (const Case& c : family.cases) {
    EXPECT_LE(c.c, 4) << c.name;
    const Problem wide = pose(c);
    if (!fits(c, wide, device)) continue;
    std::vector<Problem> problems = {wide};
    if (device != Device::cpu && !family.activations.empty()) problems.push_back(pose(c, family.activations));
    for (const Problem& p : problems) {
      const std::vector<Runner> orders = runners_of(device);
      hold(c, p, orders, nullptr);
      for (const Runner& algorithm : family.algorithms) {
        if (algorithm.device != device || (algorithm.suits && !algorithm.suits(c))) continue;
        // Of the CPU's runners the one with the most threads is enough.
        hold(c, p, device == Device::cpu ? std::vector<Runner>{orders.back()} : orders, &algorithm);
        ++forced;
      }
    }
    ++held;
  }
  std::cout << held << " of " << family.cases.size() << " cases on " << name_of(device) << ", worst error " << worst
            << " of its bound\n";
  for (const Runner& algorithm : family.algorithms)
    EXPECT_TRUE(algorithm.device != device || forced > 0) << "no case suits " << algorithm.name;
  EXPECT_GT(held, 0) << "no case is small enough for " << name_of(device);
}

void call_kernels(const Family& family) {
  const Watched watched;
  for (const Case& c : family.cases) {
    Random random = numbers_of(c);
    const std::vector<std::vector<float>> inputs = draw_inputs(c, random);
    std::vector<Tensor> x;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      x.push_back(Tensor::from(c.inputs[i].shape, inputs[i]));
      if (c.inputs[i].gradient) x.back() = variable(x.back());
    }
    const Tensor y = c.op(x)[0];
    if (y.requires_grad()) backward(y, y.detached());
  }
}

void hold_refusals(const Family& family) {
  EXPECT_FALSE(family.refusals.empty()) << "an op without error cases";
  for (const Refusal& r : family.refusals) {
    std::string message = "no error at all";
    try {
      r.call();
    } catch (const Error& error) {
      message = error.what();
    }
    EXPECT_NE(message.find(r.message), std::string::npos)
        << r.name << " says: " << message << "\n  expected: " << r.message;
  }
}

}  // namespace mueca::suite
