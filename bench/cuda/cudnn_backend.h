// cuDNN's graph API through its C interface: descriptors as objects, a graph of operations, the engines that can run
// it.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "bench/cuda/cudnn_library.h"

#ifdef MUECA_CUDNN
namespace mueca::bench {

// One backend descriptor; attributes are set, then it is finalised. Throws Error with cuDNN's words.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Cudnn& cudnn, cudnnBackendDescriptorType_t type);

  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::span<const T> values) {
    return set(name, type, static_cast<std::int64_t>(values.size()), values.data());
  }
  Descriptor& set(cudnnBackendAttributeName_t name, std::int64_t value);
  Descriptor& set(cudnnBackendAttributeName_t name, std::span<const std::int64_t> values);
  Descriptor& set(cudnnBackendAttributeName_t name, double value);
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& value);
  Descriptor& set(cudnnBackendAttributeName_t name, std::span<const Descriptor> values);
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t count,
                  const void* values);
  Descriptor& finalise();
  bool try_finalise();  // false where cuDNN cannot: an engine that does not take this graph

  std::int64_t get_int(cudnnBackendAttributeName_t name, std::int64_t otherwise = 0) const;
  // How many values an attribute has, at most room.size() of them copied.
  std::int64_t get(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t room,
                   void* values) const;
  cudnnBackendDescriptor_t raw() const { return raw_.get(); }
  const Cudnn& cudnn() const { return *cudnn_; }

 private:
  const Cudnn* cudnn_ = nullptr;
  std::shared_ptr<void> raw_;
};

// Which device a graph is made for: the handle's, or one that is described alone (and need not be there).
struct GraphTarget {
  const Cudnn* cudnn = nullptr;
  cudnnHandle_t handle = nullptr;
  Descriptor properties;  // used without a handle
};
// cuDNN's device properties from their JSON form; throws Error.
GraphTarget described_target(const Cudnn& cudnn, const std::string& json);

enum class Layout { nhwc, nchw };

// A tensor of a graph: extents in cuDNN's order N, C, H, W (filters K, C, R, S), memory order by layout. `uid` names it
// when the graph runs; a virtual tensor only passes from one operation to the next.
Descriptor graph_tensor(const Cudnn& cudnn, std::int64_t uid, cudnnDataType_t type,
                        const std::vector<std::int64_t>& nchw, Layout layout, bool is_virtual = false);

Descriptor operation_graph(const GraphTarget& target, std::span<const Descriptor> operations);

}  // namespace mueca::bench
#endif
