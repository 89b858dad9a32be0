#include "nn/se_scales.h"

#include <string_view>

#include "core/autograd.h"
#include "core/ops.h"
#include "core/trace.h"

namespace mueca {

std::vector<SeScales> se_scales(Model& model, const Tensor& x) {
  const NoGrad no_grad;
  Trace trace;
  model.forward(x, {});
  const std::vector<TracedOp> ops = std::move(trace.ops);
  trace.ops.clear();
  std::vector<SeScales> found;
  for (const TracedOp& op : ops) {
    if (std::string_view(op.call.name) != "squeeze_excite") continue;
    const Tensor &in = op.inputs[0], &w1 = op.inputs[1];
    const Tensor hidden = relu(dense(global_avg_pool(in), w1, op.inputs[2]));  // the op itself keeps no scale
    SeScales block{"", sigmoid(dense(hidden, op.inputs[3], op.inputs[4]))};
    for (const Parameter& p : model.parameters)
      if (p.value.data() == w1.data()) block.block = p.name.substr(0, p.name.rfind("_reduce"));
    found.push_back(std::move(block));
  }
  return found;
}

}  // namespace mueca
