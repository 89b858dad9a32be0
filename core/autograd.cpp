#include "core/autograd.h"

#include <atomic>
#include <map>
#include <utility>

#include "core/kernels.h"

namespace mueca {
namespace {

std::atomic<std::uint64_t> g_next_number{1};
thread_local bool g_recording = true;
thread_local Trace* g_trace = nullptr;

std::shared_ptr<Node> new_node(const Shape& shape) {
  auto node = std::make_shared<Node>();
  node->number = g_next_number++;
  node->shape = shape;
  return node;
}

// node.grad += g. The first gradient is adopted as it is; only the tape ever sums, so a second one makes a new sum
// (the first buffer may be shared with another node, as the gradient of an addition is).
void accumulate(Node& node, const Tensor& g) {
  check(g.shape() == node.shape, "backward: a gradient has shape ", g.shape(), ", its tensor ", node.shape);
  if (!node.grad.defined()) {
    node.grad = g;
    return;
  }
  Tensor sum(g.shape(), g.dtype(), g.device());
  kernels(g.device()).add_forward(stream_of(g.device()), node.grad.act<1>(), g.act<1>(), sum.act<1>());
  node.grad = sum;
}

}  // namespace

Node::~Node() {
  std::vector<std::shared_ptr<Node>> chain = std::move(inputs);
  while (!chain.empty()) {
    const std::shared_ptr<Node> last = std::move(chain.back());
    chain.pop_back();
    if (last && last.use_count() == 1)
      for (auto& input : last->inputs) chain.push_back(std::move(input));
  }
}

Tensor variable(const Tensor& value) { return value.with_node(new_node(value.shape())); }

Tensor grad_of(const Tensor& leaf) {
  check(leaf.requires_grad(), "grad_of: the tensor is not a variable");
  return leaf.node()->grad;
}

void clear_grad(const Tensor& leaf) { leaf.node()->grad = {}; }

Tensor record(const OpCall& call, Tensor output, const std::vector<Tensor>& inputs, Backward backward) {
  if (g_trace) {
    TracedOp op{call, {}, output.detached()};
    for (const Tensor& input : inputs) op.inputs.push_back(input.detached());
    g_trace->ops.push_back(std::move(op));
  }
  bool any = false;
  for (const Tensor& input : inputs) any |= wants_grad(input);
  if (!any || !g_recording) return output;
  auto node = new_node(output.shape());
  for (const Tensor& input : inputs) node->inputs.push_back(input.node());
  node->backward = std::move(backward);
  return output.with_node(std::move(node));
}

Trace::Trace() : before_(std::exchange(g_trace, this)) {}
Trace::~Trace() { g_trace = before_; }

bool recording() { return g_recording; }
NoGrad::NoGrad() : before_(std::exchange(g_recording, false)) {}
NoGrad::~NoGrad() { g_recording = before_; }

void backward(const Tensor& loss, Tensor gy) {
  check(loss.requires_grad(), "backward: the loss depends on no variable");
  if (!gy.defined()) {
    check(loss.size() == 1, "backward: the loss has shape ", loss.shape(), ", expected one element or a cotangent");
    gy = Tensor(loss.shape(), loss.dtype(), loss.device());
    kernels(loss.device()).fill(stream_of(loss.device()), gy.act<1>(), 1.0f);  // no copy from the host
  }
  const NoGrad no_grad;
  accumulate(*loss.node(), gy);
  std::map<std::uint64_t, std::shared_ptr<Node>> pending{{loss.node()->number, loss.node()}};
  while (!pending.empty()) {
    const std::shared_ptr<Node> node = std::prev(pending.end())->second;
    pending.erase(std::prev(pending.end()));
    if (!node->backward) continue;  // a leaf keeps its gradient
    std::vector<Tensor> gradients = std::exchange(node->backward, nullptr)(std::exchange(node->grad, {}));
    const auto inputs = std::exchange(node->inputs, {});
    check(gradients.size() == inputs.size(), "backward: ", gradients.size(), " gradients for ", inputs.size(),
          " inputs");
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i] || !gradients[i].defined()) continue;
      accumulate(*inputs[i], gradients[i]);
      gradients[i] = {};
      pending[inputs[i]->number] = inputs[i];
    }
  }
}

}  // namespace mueca
