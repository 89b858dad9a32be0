#include "bench/cuda/cudnn_backend.h"

#ifdef MUECA_CUDNN
#include "core/error.h"

namespace mueca::bench {

Descriptor::Descriptor(const Cudnn& cudnn, cudnnBackendDescriptorType_t type) : cudnn_(&cudnn) {
  cudnnBackendDescriptor_t made = nullptr;
  cudnn.must(cudnn.BackendCreateDescriptor(type, &made), "create a descriptor");
  raw_.reset(made, [&cudnn](void* d) { cudnn.BackendDestroyDescriptor(d); });
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t count,
                            const void* values) {
  cudnn_->must(cudnn_->BackendSetAttribute(raw(), name, type, count, values),
               str("attribute ", static_cast<int>(name)).c_str());
  return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, std::int64_t value) {
  return set(name, CUDNN_TYPE_INT64, 1, &value);
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, std::span<const std::int64_t> values) {
  return set(name, CUDNN_TYPE_INT64, std::ssize(values), values.data());
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, double value) {
  return set(name, CUDNN_TYPE_DOUBLE, 1, &value);
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, const Descriptor& value) {
  const cudnnBackendDescriptor_t raw = value.raw();
  return set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &raw);
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, std::span<const Descriptor> values) {
  std::vector<cudnnBackendDescriptor_t> raws;
  for (const Descriptor& d : values) raws.push_back(d.raw());
  return set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, std::ssize(raws), raws.data());
}

Descriptor& Descriptor::finalise() {
  cudnn_->must(cudnn_->BackendFinalize(raw()), "finalise");
  return *this;
}
bool Descriptor::try_finalise() { return cudnn_->BackendFinalize(raw()) == CUDNN_STATUS_SUCCESS; }

std::int64_t Descriptor::get(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t room,
                             void* values) const {
  std::int64_t count = 0;
  cudnn_->must(cudnn_->BackendGetAttribute(raw(), name, type, room, &count, values),
               str("read attribute ", static_cast<int>(name)).c_str());
  return count;
}
std::int64_t Descriptor::get_int(cudnnBackendAttributeName_t name, std::int64_t otherwise) const {
  std::int64_t value = otherwise, count = 0;
  const auto status = cudnn_->BackendGetAttribute(raw(), name, CUDNN_TYPE_INT64, 1, &count, &value);
  return status == CUDNN_STATUS_SUCCESS && count == 1 ? value : otherwise;
}

GraphTarget described_target(const Cudnn& cudnn, const std::string& json) {
  GraphTarget target{&cudnn, nullptr, Descriptor(cudnn, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR)};
  target.properties.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, std::ssize(json), json.data());
  target.properties.finalise();
  return target;
}

Descriptor graph_tensor(const Cudnn& cudnn, std::int64_t uid, cudnnDataType_t type,
                        const std::vector<std::int64_t>& nchw, Layout layout, bool is_virtual) {
  check(nchw.size() == 4, "graph_tensor: expected 4 extents, got ", nchw.size());
  const std::int64_t c = nchw[1], h = nchw[2], w = nchw[3];
  const std::vector<std::int64_t> strides = layout == Layout::nhwc ? std::vector{c * h * w, std::int64_t{1}, c * w, c}
                                                                   : std::vector{c * h * w, h * w, w, std::int64_t{1}};
  Descriptor d(cudnn, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  d.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
  d.set(CUDNN_ATTR_TENSOR_DIMENSIONS, nchw).set(CUDNN_ATTR_TENSOR_STRIDES, strides);
  d.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, uid).set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, std::int64_t{16});
  d.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, &is_virtual);
  return d.finalise();
}

Descriptor operation_graph(const GraphTarget& target, std::span<const Descriptor> operations) {
  Descriptor graph(*target.cudnn, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations);
  // Deprecated in favour of device properties, which only newer engines take; without it there is no default device.
  if (target.handle) graph.set(static_cast<cudnnBackendAttributeName_t>(800), CUDNN_TYPE_HANDLE, 1, &target.handle);
  return graph.finalise();
}

}  // namespace mueca::bench
#endif
