// Trace: what a forward pass calls, op by op, so that it can be written down in another form (nn/onnx.h).
#pragma once
#include <variant>
#include <vector>

#include "core/kernel_args.h"
#include "core/tensor.h"

namespace mueca {

// An op's name, as in core/ops.h, and its arguments that are no tensors.
struct OpCall {
  const char* name = "";
  std::variant<std::monostate, Conv2d, Pool2d, BatchNorm, Activation, Dropout, Index> arguments = {};  // Index: begin
};

struct TracedOp {
  OpCall call;
  std::vector<Tensor> inputs;  // in the op's order; an absent one is undefined
  Tensor output;
};

// While alive, every op of this thread is listed here by record(), and its tensors are kept, so that no two of them
// share an address. Without one, an op only tests a pointer. One at a time: an inner trace hides the outer.
class Trace {
 public:
  Trace();
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  std::vector<TracedOp> ops;

 private:
  Trace* before_;
};

}  // namespace mueca
