// An ONNX graph under construction and its bytes; field numbers and meanings as in onnx.proto of the ONNX project.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/files/protobuf.h"

namespace mueca {

using OnnxAttribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>>;
using OnnxAttributes = std::vector<std::pair<const char*, OnnxAttribute>>;

class OnnxGraph {
 public:
  // -1 among the dimensions stands for the batch, whose size is open.
  struct Port {
    std::string name;
    std::vector<std::int64_t> dimensions;
  };

  OnnxGraph(std::vector<Port> inputs, std::vector<Port> outputs);

  // Each returns the name of the value that they make: `name`, with a number when it is taken.
  std::string node(const std::string& name, const char* type, std::vector<std::string> inputs,
                   OnnxAttributes attributes = {});
  std::vector<std::string> split(const std::string& name, const std::string& x, std::int64_t axis,
                                 const std::vector<std::int64_t>& sizes);  // the parts of x, in order
  std::string constant(const std::string& name, const std::vector<std::int64_t>& dimensions,
                       const std::vector<float>& values);

  // The whole model: results[i] is the value that leaves as outputs[i]. Throws Error beyond protobuf's 2 GiB.
  std::string model(const std::vector<std::string>& results, int opset,
                    const std::vector<std::pair<std::string, std::string>>& notes) const;

 private:
  struct Node {
    std::vector<std::string> outputs;
    const char* type;
    std::vector<std::string> inputs;
    OnnxAttributes attributes;
  };
  std::string free_name(const std::string& name);

  std::vector<Port> inputs_, outputs_;
  std::vector<Node> nodes_;
  std::vector<ProtoMessage> constants_;
  std::set<std::string> names_;
};

}  // namespace mueca
