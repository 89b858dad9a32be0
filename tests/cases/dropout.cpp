// dropout: element i survives when uniform01(word i % 4 of key.draw(i / 4, step)) >= rate, scaled by 1 / (1 - rate).
#include <gtest/gtest.h>

#include "core/records.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

Array masked(const Array& x, Dropout how, std::uint32_t step) {
  Array y(x.shape);
  const Real factor = 1 / (1 - Real(how.rate));
  for (Index i = 0; i < y.size(); ++i) {
    const Philox4 block = how.key.draw(static_cast<std::uint64_t>(i / 4), step);
    if (uniform01(block.word[i % 4]) >= how.rate) y(i) = x(i) * factor;
  }
  return y;
}

Tensor at_step(std::uint32_t step, Device device = Device::cpu) { return record_on(device, StepNumbers{.step = step}); }

Case make(Shape shape, Dropout how, std::uint32_t step, bool exact) {
  Case c;
  c.name = str("dropout ", how.rate, " seed ", how.key.seed, " step ", step, " of ", shape);
  c.inputs = {{shape, exact ? Values::integers : Values::reals}};
  c.forward = [=](const Arrays& in) -> Arrays { return {masked(in[0], how, step)}; };
  c.gradient = [=](const Arrays&, const Array& gy) -> Arrays { return {masked(gy, how, step)}; };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    return {dropout(in[0], how, at_step(step, in[0].device()))};
  };
  c.exact = exact;
  return c;
}

TEST(Dropout, KeepsTheShareItSays) {
  const Tensor x = Tensor::full({1000, 100}, 1);
  for (const float rate : {0.1f, 0.5f, 0.8f}) {
    const std::vector<float> y = dropout(x, {rate, {11, RandomStream::dropout}}, at_step(3)).to_vector();
    const auto kept = static_cast<double>(std::ranges::count_if(y, [](float v) { return v != 0; }));
    const double deviation = std::sqrt(1e5 * rate * (1 - rate));
    EXPECT_NEAR(kept, 1e5 * (1 - rate), 4 * deviation) << "rate " << rate;
  }
}

TEST(Dropout, StepsAndSeedsDrawApart) {
  const Tensor x = Tensor::full({4096}, 1);
  const auto draw = [&](std::uint64_t seed, std::uint32_t step) {
    return dropout(x, {0.5f, {seed, RandomStream::dropout}}, at_step(step)).to_vector();
  };
  EXPECT_EQ(draw(1, 1), draw(1, 1));
  EXPECT_NE(draw(1, 1), draw(1, 2));
  EXPECT_NE(draw(1, 1), draw(2, 1));
}

TEST(Dropout, OfRateZeroIsTheTensorItself) {
  const Tensor x = Tensor::full(Shape{8}, 2);
  EXPECT_EQ(dropout(x, {0, {}}, {}).data(), x.data());
}

}  // namespace

Family dropout_family() {
  Family f;
  f.activations = {0};
  const RandomKey key{7, RandomStream::dropout};
  f.cases = {
      make({3, 5, 7}, {0.5f, key}, 0, true),
      make({3, 5, 7}, {0.5f, key}, 12, true),
      make({2, 33}, {0.75f, {std::uint64_t{5} << 32, RandomStream::dropout}}, 1, true),
      make({4, 25}, {0.2f, key}, 3, false),
      make({33, 1021}, {0.5f, key}, 4, true),
  };
  f.cases.back().differences = false;
  const Tensor x(Shape{8});
  f.refusals = {
      {"negative rate",
       [=] {
         dropout(x, {-0.1f, {}}, at_step(0));
       },
       "dropout: rate must be in [0, 1), got -0.1"},
      {"rate 1",
       [=] {
         dropout(x, {1, {}}, at_step(0));
       },
       "dropout: rate must be in [0, 1), got 1"},
      {"rate NaN",
       [=] {
         dropout(x, {std::nanf(""), {}}, at_step(0));
       },
       "dropout: rate must be in [0, 1), got nan"},
      {"nothing", [] { dropout({}, {}, at_step(0)); }, "dropout: x must be a tensor, got nothing"},
      {"no step", [=] { dropout(x, {}, {}); }, "dropout: numbers must be a StepNumbers on device cpu"},
      {"half a step", [=] { dropout(x, {}, Tensor(Shape{sizeof(StepNumbers) / 2}, DType::u8)); },
       "records: 10 bytes are no records of 20"},
  };
  return f;
}

}  // namespace mueca::suite
