// From a traced forward pass to ONNX nodes: one function per op of core/ops.h.
#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/trace.h"
#include "nn/onnx_graph.h"
#include "nn/parameter.h"

namespace mueca {

// Activations change from [N, H, W, C] to ONNX's [N, C, H, W], a single frame [N, 1, C] is [N, C], the rest stays.
class OnnxLowering {
 public:
  OnnxLowering(OnnxGraph& graph, const ParameterSet& parameters, const Trace& trace);  // all must outlive this

  void input(const Tensor& t, const std::string& name) { define(t, name); }  // what the trace began with
  std::string run(const Tensor& output);                                     // every op; the name of the traced output
  const std::string& memory() const { return memory_; }  // the name of the last state of the gru, if any
  int opset() const { return opset_; }

 private:
  using Names = std::vector<std::string>;
  using Function = void (OnnxLowering::*)(const TracedOp& op);
  using Key = std::pair<const void*, std::vector<Index>>;  // address and shape: a reshape shares its input's storage
  struct Affine {
    std::vector<double> scale, offset;  // [K] each
  };

  static const std::map<std::string, Function>& functions();
  void convolution(const TracedOp& op);
  void dense(const TracedOp& op);
  void batch_norm(const TracedOp& op);
  void activation(const TracedOp& op);
  void pool(const TracedOp& op);
  void global_avg_pool(const TracedOp& op);
  void squeeze_excite(const TracedOp& op);
  void add(const TracedOp& op);
  void concat(const TracedOp& op);
  void softmax(const TracedOp& op);
  void reshape(const TracedOp& op);
  void resize(const TracedOp& op);
  void columns(const TracedOp& op);
  void gru(const TracedOp& op);

  static Key key_of(const Tensor& t);
  std::string value(const Tensor& t);          // of an earlier op; throws Error when it comes from elsewhere
  const Tensor& fixed(const Tensor& t) const;  // throws Error unless it stands before the forward pass
  void define(const Tensor& t, const std::string& name) { values_[key_of(t)] = name; }
  std::string name_of_layer(const TracedOp& op) const;
  std::string node(const char* type, Names inputs, OnnxAttributes attributes = {});
  std::string constant(const char* role, const std::vector<std::int64_t>& dimensions, const std::vector<float>& values);
  std::string activated(const std::string& x, Activation kind);
  std::string resized(const std::string& x, const std::string& scales, const char* mode);
  std::string averaged(const Tensor& x);  // [N, C, 1, 1]
  // The batch-norm that is the only reader of this op's output: it is folded into the op's weights.
  Affine following_norm(const TracedOp& op);
  void fail(const std::string& what) const;  // throws Error: what, and after which layer

  OnnxGraph& graph_;
  const ParameterSet& parameters_;
  const Trace& trace_;
  std::map<Key, std::string> values_;
  std::map<Key, int> readers_;
  std::map<const void*, std::string> layer_of_;  // of a parameter's address
  std::set<const TracedOp*> folded_;
  std::string memory_;
  std::string layer_, last_layer_;  // of the op at hand; the last one with parameters
  int opset_ = 10;
};

}  // namespace mueca
