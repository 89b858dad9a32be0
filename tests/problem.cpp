#include "tests/problem.h"

#include <gtest/gtest.h>

#include <numeric>

namespace mueca::suite {
namespace {

std::uint64_t seed_of(std::string_view name) {  // FNV-1a
  std::uint64_t h = 0xcbf29ce484222325;
  for (char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

std::vector<float> draw(Index n, Values values, Random& random) {
  std::vector<float> v(static_cast<std::size_t>(n));
  if (values == Values::distinct) {
    std::vector<Index> order(v.size());
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = v.size(); i > 1; --i)
      std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(order[i]) / 16 - static_cast<float>(n) / 32;
    return v;
  }
  for (float& x : v) switch (values) {
      case Values::integers:
        x = static_cast<float>(random.below(9)) - 4;
        break;
      case Values::positive:
        x = random.uniform(0.5f, 2);
        break;
      case Values::wide:
        x = random.uniform(-8, 8);
        break;
      default:
        x = random.uniform(-1, 1);
    }
  return v;
}

Array array_of(Shape shape, const std::vector<float>& values) {
  Array a(shape);
  check(values.size() == a.at.size(), "suite: ", values.size(), " values for ", shape);
  for (std::size_t i = 0; i < values.size(); ++i) a.at[i] = values[i];
  return a;
}

// d/dt of sum(gy * forward(x + t direction)) at 0, by the five-point formula: the error is of order step^4.
double slope(const Case& c, const Problem& p, std::size_t input, const std::vector<double>& direction) {
  constexpr double kStep = 1e-4;
  const auto loss_at = [&](double t) {
    Arrays x = p.x;
    for (std::size_t i = 0; i < direction.size(); ++i) x[input].at[i].v += t * direction[i];
    const Array y = c.forward(x)[0];
    double loss = 0;
    for (std::size_t i = 0; i < y.at.size(); ++i) loss += p.gy.at[i].v * y.at[i].v;
    return loss;
  };
  return (8 * (loss_at(kStep) - loss_at(-kStep)) - (loss_at(2 * kStep) - loss_at(-2 * kStep))) / (12 * kStep);
}

// One input's gradient along one direction; the tolerance is 1e-8 of the sum of the absolute contributions.
void prove_direction(const Case& c, const Problem& p, std::size_t input, const std::vector<double>& direction,
                     const std::string& what) {
  double expected = 0, magnitude = 0;
  for (std::size_t i = 0; i < direction.size(); ++i) {
    expected += p.gx[input].at[i].v * direction[i];
    magnitude += std::abs(p.gx[input].at[i].v * direction[i]);
  }
  EXPECT_NEAR(slope(c, p, input, direction), expected, 1e-8 * std::max(magnitude, 1.0))
      << c.name << ": the reference's gradient of input " << input << ", " << what;
}

void prove_reference(const Case& c) {
  const Problem p = pose(c);
  Random random({seed_of(c.name) + 1, RandomStream::test});
  for (std::size_t input = 0; input < c.inputs.size(); ++input) {
    if (!c.inputs[input].gradient) continue;
    const std::size_t n = p.x[input].at.size();
    ASSERT_EQ(p.gx[input].at.size(), n) << c.name << ": the reference gives no gradient of input " << input;
    std::vector<double> all(n);
    for (double& d : all) d = random.uniform(-1, 1);
    prove_direction(c, p, input, all, "a random direction");
    for (int single = 0; single < 6; ++single) {
      const std::size_t i = random.below(static_cast<std::uint32_t>(n));
      std::vector<double> one(n);
      one[i] = 1;
      prove_direction(c, p, input, one, str("element ", i));
    }
  }
}

}  // namespace

bool differentiable(const Case& c) {
  return std::ranges::any_of(c.inputs, [](const Input& i) { return i.gradient; });
}

Random numbers_of(const Case& c) { return Random({seed_of(c.name), RandomStream::test}); }

std::vector<std::vector<float>> draw_inputs(const Case& c, Random& random) {
  std::vector<std::vector<float>> inputs;
  for (const Input& input : c.inputs)
    inputs.push_back(input.given.empty() ? draw(input.shape.size(), input.values, random) : input.given);
  return inputs;
}

Problem pose(const Case& c, const std::vector<std::size_t>& narrow) {
  Problem p;
  Random random = numbers_of(c);
  p.inputs = draw_inputs(c, random);
  p.narrow.resize(c.inputs.size());
  for (const std::size_t i : narrow)
    if (i < p.narrow.size()) p.narrow[i] = true;
  const auto round = [&p](std::vector<float>& values) {
    if (p.any_narrow())
      for (float& v : values) v = widened(narrowed(v));
  };
  std::ranges::for_each(p.inputs, round);
  t_stored_unit = p.any_narrow() ? kNarrowUnit : 0;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) p.x.push_back(array_of(c.inputs[i].shape, p.inputs[i]));
  p.y = c.forward(p.x);
  p.cotangent = draw(p.y[0].size(), c.exact ? Values::integers : Values::reals, random);
  round(p.cotangent);
  p.gy = array_of(p.y[0].shape, p.cotangent);
  if (differentiable(c)) p.gx = c.gradient(p.x, p.gy);
  t_stored_unit = 0;
  return p;
}

void prove_references(const Family& family) {
  for (const Case& c : family.cases)
    if (c.differences && differentiable(c)) prove_reference(c);
}

Array reals(const Sums& sums) {
  Array a(sums.shape);
  for (std::size_t i = 0; i < a.at.size(); ++i) a.at[i] = sums.at[i].real();
  return a;
}

Real activate(Real x, Activation kind) {
  switch (kind) {
    case Activation::none:
      return x;
    case Activation::relu:
      return max(x, 0);
    case Activation::relu6:
      return min(max(x, 0), 6);
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::swish:
      return x * sigmoid(x);
  }
  throw Error("reference: unknown activation");
}

// The derivative; 0 at the kinks of relu and relu6.
Real activation_slope(Real x, Activation kind) {
  const Real s = sigmoid(x);
  switch (kind) {
    case Activation::none:
      return 1;
    case Activation::relu:
      return positive(x);
    case Activation::relu6:
      return positive(x) * positive(6 - x);
    case Activation::sigmoid:
      return stored(s) * (1 - stored(s));
    case Activation::swish:
      return s + stored(x * s) * (1 - s);
  }
  throw Error("reference: unknown activation");
}

}  // namespace mueca::suite
