// activation and add.
#include <limits>

#include "tests/suite.h"

namespace mueca::suite {
namespace {

Case make(Activation kind, Shape shape, Values values) {
  Case c;
  c.name = str("activation ", static_cast<int>(kind), " ", shape, values == Values::integers ? " integers" : "");
  c.inputs = {{shape, values}};
  c.forward = [kind](const Arrays& in) -> Arrays {
    Array y(in[0].shape);
    for (Index i = 0; i < y.size(); ++i) y(i) = activate(in[0](i), kind);
    return {y};
  };
  c.gradient = [kind](const Arrays& in, const Array& gy) -> Arrays {
    Array gx(gy.shape);
    for (Index i = 0; i < gx.size(); ++i) gx(i) = gy(i) * activation_slope(in[0](i), kind);
    return {gx};
  };
  c.op = [kind](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {activation(in[0], kind)}; };
  const bool piecewise = kind == Activation::relu || kind == Activation::relu6;
  c.exact = piecewise;
  c.differences = !(piecewise && values == Values::integers);  // integers sit on the kinks, on purpose
  return c;
}

Case make_add(Shape shape, Values values) {
  Case c;
  c.name = str("add ", shape, values == Values::integers ? " integers" : "");
  c.inputs = {{shape, values}, {shape, values}};
  c.forward = [](const Arrays& in) -> Arrays {
    Array y(in[0].shape);
    for (Index i = 0; i < y.size(); ++i) y(i) = in[0](i) + in[1](i);
    return {y};
  };
  c.gradient = [](const Arrays&, const Array& gy) -> Arrays { return {gy, gy}; };
  c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {add(in[0], in[1])}; };
  c.exact = values == Values::integers;
  return c;
}

}  // namespace

Family activations_family() {
  Family f;
  f.activations = {0, 1};
  for (const Activation kind : {Activation::relu, Activation::relu6, Activation::sigmoid, Activation::swish}) {
    f.cases.push_back(make(kind, {3, 5, 7}, Values::wide));
    f.cases.push_back(make(kind, {4, 3, 3, 33}, Values::wide));
    f.cases.push_back(make(kind, Shape{64}, Values::integers));
    f.cases.push_back(make(kind, {7, 7021}, Values::wide));  // enough for several threads
    f.cases.back().differences = false;
  }
  // Far out: exp overflows on one side of the sigmoid, and nothing may become NaN.
  for (const Activation kind : {Activation::sigmoid, Activation::swish}) {
    Case c = make(kind, Shape{8}, Values::wide);
    c.name += " far out";
    c.inputs[0].given = {-200, -90, -88, -20, 20, 88, 90, 200};
    c.differences = false;
    f.cases.push_back(c);
  }
  f.cases.push_back(make_add({2, 3, 5}, Values::integers));
  f.cases.push_back(make_add({2, 3, 3, 33}, Values::reals));
  f.cases.push_back(make_add({50, 1001}, Values::reals));
  f.cases.back().differences = false;

  f.refusals = {
      {"nothing", [] { activation({}, Activation::relu); }, "activation: x must be a tensor, got nothing"},
      {"labels", [] { relu(Tensor(Shape{3}, DType::i32)); }, "activation: x must be float32 or bfloat16, got int32"},
      {"shapes that differ",
       [] {
         add(Tensor({2, 3}), Tensor({3, 2}));
       },
       "add: b must be the shape of a = [2, 3], got [3, 2]"},
      {"a missing summand",
       [] {
         add(Tensor({2, 3}), {});
       },
       "add: b must be the shape of a = [2, 3], got nothing"},
  };
  return f;
}

}  // namespace mueca::suite
