// Tensor: a contiguous array on a device, shared by reference, and - when gradients are wanted - its place on the tape.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/activations.h"
#include "core/device.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/shape.h"
#include "core/view.h"

namespace mueca {

enum class DType : std::uint8_t { f32, bf16, i32, u8 };
std::string_view name_of(DType dtype);
std::size_t size_of(DType dtype);  // bytes per element

template <class T>
inline constexpr DType dtype_of = DType::f32;
template <>
inline constexpr DType dtype_of<bf16> = DType::bf16;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::i32;
template <>
inline constexpr DType dtype_of<std::uint8_t> = DType::u8;

struct Node;  // core/autograd.h

class Tensor {
 public:
  Tensor() = default;                                                                   // absent; !defined()
  explicit Tensor(Shape shape, DType dtype = DType::f32, Device device = Device::cpu);  // contents undefined

  static Tensor full(Shape shape, float value, Device device = Device::cpu);
  template <class T>
  static Tensor from(Shape shape, std::span<const T> values, Device device = Device::cpu);  // copies
  static Tensor from(Shape shape, const std::vector<float>& values) {
    return from(shape, std::span<const float>(values));
  }

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  Index extent(int axis) const { return shape_[axis]; }
  Index size() const { return shape_.size(); }
  DType dtype() const { return dtype_; }
  Device device() const;

  // The elements as a kernel sees them. Rank 1 of any tensor is its flat view; otherwise the rank must match.
  // An absent tensor gives an empty view. Throws Error on another dtype or rank.
  template <class T, int Rank>
  View<T, Rank> view() const;
  // The same of activations, float32 or bfloat16.
  template <int Rank>
  Activations<Rank> act() const {
    if (dtype_ == DType::bf16) return view<bf16, Rank>();
    return view<float, Rank>();
  }
  // [outer, last]: everything but the last axis folded into rows, as dense layers and batch-norm see it.
  Activations<2> rows() const;

  // CPU access. data<T>() throws Error for another dtype or a device whose memory the host cannot read.
  template <class T = float>
  T* data() const;
  template <class T = float>
  std::span<T> span() const {
    return {data<T>(), static_cast<std::size_t>(size())};
  }
  float item() const;  // the only element
  template <class T = float>
  std::vector<T> to_vector() const;  // copies, from any device; bfloat16 also as float

  Tensor reshaped(Shape shape) const;  // same elements, same storage, no tape; see ops.h for reshape
  Tensor slice(Index begin, Index count, Shape shape) const;  // `count` elements from `begin` (flat), same storage
  Tensor clone() const;
  void copy_from(const Tensor& source) const;  // same size and dtype; any device
  Tensor to(Device device) const;              // this, or a copy there

  // The tape (core/autograd.h).
  const std::shared_ptr<Node>& node() const { return node_; }
  bool requires_grad() const { return node_ != nullptr; }
  Tensor detached() const;  // the same storage, off the tape
  Tensor with_node(std::shared_ptr<Node> node) const;

 private:
  void* address() const;
  std::shared_ptr<Buffer> storage_;
  Index offset_ = 0;  // elements
  Shape shape_;
  DType dtype_ = DType::f32;
  std::shared_ptr<Node> node_;
};

template <class T>
Tensor Tensor::from(Shape shape, std::span<const T> values, Device device) {
  check(static_cast<Index>(values.size()) == shape.size(), "tensor: ", shape, " needs ", shape.size(), " values, got ",
        values.size());
  Tensor host(shape, dtype_of<T>);
  std::copy(values.begin(), values.end(), host.data<T>());
  return host.to(device);
}

template <class T, int Rank>
View<T, Rank> Tensor::view() const {
  View<T, Rank> v;
  if (!defined()) return v;
  check(dtype_ == dtype_of<std::remove_const_t<T>>, "tensor: is ", name_of(dtype_), ", wanted ",
        name_of(dtype_of<std::remove_const_t<T>>));
  v.data = static_cast<T*>(address());
  if constexpr (Rank == 1) {
    v.extent[0] = size();
  } else {
    check(shape_.rank() == Rank, "tensor: ", shape_, " seen as rank ", Rank);
    for (int i = 0; i < Rank; ++i) v.extent[i] = shape_[i];
  }
  return v;
}

template <class T>
T* Tensor::data() const {
  check(defined(), "tensor: no data");
  check(device() != Device::cuda, "tensor: on the GPU; copy it with to(Device::cpu) first");
  return view<T, 1>().data;
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  const Tensor host = to(Device::cpu);
  if constexpr (std::is_same_v<T, float>)
    if (dtype_ == DType::bf16) {
      std::vector<float> values;
      for (const bf16 x : host.template span<bf16>()) values.push_back(widened(x));
      return values;
    }
  const auto elements = host.template span<T>();
  return {elements.begin(), elements.end()};
}

}  // namespace mueca
