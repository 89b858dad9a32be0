#include "core/tensor.h"

#include <algorithm>

#include "core/kernels.h"

namespace mueca {

std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "float32";
    case DType::bf16:
      return "bfloat16";
    case DType::i32:
      return "int32";
    case DType::u8:
      return "uint8";
  }
  return "?";
}

std::size_t size_of(DType dtype) {
  if (dtype == DType::bf16) return 2;
  return dtype == DType::u8 ? 1 : 4;
}

namespace {

std::size_t bytes_of(const Shape& shape, DType dtype) {
  std::size_t bytes = 0;
  check(!__builtin_mul_overflow(static_cast<std::size_t>(shape.size()), size_of(dtype), &bytes), "tensor: ", shape,
        " has too many elements");
  return bytes;
}

}  // namespace

Tensor::Tensor(Shape shape, DType dtype, Device device)
    : storage_(std::make_shared<Buffer>(device, bytes_of(shape, dtype))), shape_(shape), dtype_(dtype) {}

Tensor Tensor::full(Shape shape, float value, Device device) {
  Tensor t(shape, DType::f32, device);
  if (device == Device::cuda)  // no copy, so that it can be recorded
    kernels(device).fill(stream_of(device), t.view<float, 1>(), value);
  else
    std::ranges::fill(t.span(), value);
  return t;
}

Device Tensor::device() const {
  check(defined(), "tensor: no device, the tensor is empty");
  return storage_->device();
}

void* Tensor::address() const {
  return static_cast<std::byte*>(storage_->data()) + static_cast<std::size_t>(offset_) * size_of(dtype_);
}

Activations<2> Tensor::rows() const {
  if (!defined()) return {};
  check(shape_.rank() >= 1, "tensor: a scalar has no rows");
  const Index last = shape_[-1];
  return reshaped({last ? size() / last : 0, last}).act<2>();
}

float Tensor::item() const {
  check(size() == 1, "tensor: item() of ", shape_);
  return to_vector()[0];
}

Tensor Tensor::reshaped(Shape shape) const {
  check(shape.size() == size(), "reshape: ", shape_, " has ", size(), " elements, ", shape, " has ", shape.size());
  Tensor t = detached();
  t.shape_ = shape;
  return t;
}

Tensor Tensor::slice(Index begin, Index count, Shape shape) const {
  check(begin >= 0 && count >= 0 && begin + count <= size() && shape.size() == count, "slice: [", begin, ", ",
        begin + count, ") as ", shape, " of a tensor with ", size(), " elements");
  Tensor t = detached();
  t.offset_ += begin;
  t.shape_ = shape;
  return t;
}

Tensor Tensor::clone() const {
  Tensor copy(shape_, dtype_, device());
  copy.copy_from(*this);
  return copy;
}

void Tensor::copy_from(const Tensor& source) const {
  check(source.size() == size() && source.dtype_ == dtype_, "copy: from ", name_of(source.dtype_), " ", source.shape_,
        " to ", name_of(dtype_), " ", shape_);
  copy_bytes(device(), address(), source.device(), source.address(),
             static_cast<std::size_t>(size()) * size_of(dtype_));
}

Tensor Tensor::to(Device target) const {
  if (device() == target) return *this;
  Tensor copy(shape_, dtype_, target);
  copy.copy_from(*this);
  return copy;
}

Tensor Tensor::detached() const { return with_node(nullptr); }

Tensor Tensor::with_node(std::shared_ptr<Node> node) const {
  Tensor t = *this;
  t.node_ = std::move(node);
  return t;
}

}  // namespace mueca
