#include "nn/cost.h"

#include <string_view>

#include "core/autograd.h"
#include "core/trace.h"

namespace mueca {
namespace {

std::int64_t cost_of(const TracedOp& op) {
  const std::string_view name = op.call.name;
  if (name == "conv2d" || name == "depthwise_conv2d" || name == "dense") {
    const Tensor& w = op.inputs[1];  // each output sums over all of w but the outputs' own axis
    return op.output.size() * (w.size() / w.extent(-1));
  }
  if (name == "squeeze_excite")  // x, w1, b1, w2, b2
    return op.inputs[0].extent(0) * (op.inputs[1].size() + op.inputs[3].size());
  if (name == "gru")  // p, u, b, h0: the products with the past; those with the input are a dense layer
    return op.output.extent(0) * op.output.extent(1) * op.inputs[1].size();
  return 0;
}

}  // namespace

std::int64_t multiply_adds(Model& model) {
  const InputSpec& in = model.input;
  const Tensor x = Tensor::full(
      in.frames > 1 ? Shape{1, in.frames, in.size, in.size, in.channels} : Shape{1, in.size, in.size, in.channels}, 0);
  const NoGrad no_grad;
  Trace trace;
  model.forward(x, {});
  std::int64_t sum = 0;
  for (const TracedOp& op : trace.ops) sum += cost_of(op);
  return sum;
}

double training_flop(std::int64_t multiply_adds, std::int64_t images) {
  return 6.0 * static_cast<double>(multiply_adds) * static_cast<double>(images);
}

}  // namespace mueca
