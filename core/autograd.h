// Reverse-mode differentiation. Each op records one node; backward() walks them newest first, without recursion.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "core/tensor.h"
#include "core/trace.h"

namespace mueca {

// The gradients for a node's inputs, given that of its output: same order, same shapes; undefined means zero.
// A closure holds detached tensors, never nodes, so that a tape cannot keep itself alive.
using Backward = std::function<std::vector<Tensor>(const Tensor& gy)>;

struct Node {
  std::uint64_t number = 0;                   // in order of creation: inputs have smaller numbers
  Shape shape;                                // of the output, and so of the gradient
  std::vector<std::shared_ptr<Node>> inputs;  // nullptr where an input wants no gradient
  Backward backward;                          // empty on leaves
  Tensor grad;                                // what has been summed so far; kept on leaves only
  ~Node();                                    // takes long chains apart without recursion
};

// A leaf: the same elements, with a gradient to come. grad_of() is undefined until backward() reaches it.
Tensor variable(const Tensor& value);
Tensor grad_of(const Tensor& leaf);
void clear_grad(const Tensor& leaf);

// What every op ends with: `output`, on the tape if some input is and recording is on. `backward` is only kept then.
// `call` is what a Trace is told.
Tensor record(const OpCall& call, Tensor output, const std::vector<Tensor>& inputs, Backward backward);

// True if the input will be asked for a gradient: lets a backward skip the kernel of an input that is not.
inline bool wants_grad(const Tensor& t) { return t.defined() && t.requires_grad(); }
bool recording();

// While alive, ops of this thread record nothing.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};

// Adds d(loss)/d(leaf) to every leaf. `loss` has one element unless its cotangent `gy` is given. Frees the tape's
// closures as it goes, so that activations return to the pool early: one backward() per forward.
void backward(const Tensor& loss, Tensor gy = {});

}  // namespace mueca
