// Plain records - the samples of a batch, the numbers of a step - as tensors of bytes: kernels read them on any device.
#pragma once
#include <span>
#include <type_traits>

#include "core/tensor.h"

namespace mueca {

// u8 [n * sizeof(T)] on the device, a copy of n records.
template <class T>
Tensor records_on(Device device, std::span<const T> records) {
  static_assert(std::is_trivially_copyable_v<T>);
  const auto bytes = static_cast<Index>(records.size_bytes());
  return Tensor::from<std::uint8_t>(
      {bytes}, {reinterpret_cast<const std::uint8_t*>(records.data()), records.size_bytes()}, device);
}
template <class T>
Tensor record_on(Device device, const T& record) {
  return records_on(device, std::span(&record, 1));
}

// New contents in place: what was recorded with this tensor's address (core/graph.h) reads them from then on.
template <class T>
void put_records(const Tensor& to, std::span<const T> records) {
  to.copy_from(records_on(Device::cpu, records));
}

// The records as a kernel sees them; an absent tensor gives an empty view. Throws Error when the bytes are not whole.
template <class T>
View<const T, 1> records_of(const Tensor& bytes) {
  if (!bytes.defined()) return {};
  const auto flat = bytes.view<const std::uint8_t, 1>();
  constexpr auto size = static_cast<Index>(sizeof(T));
  check(flat.extent[0] % size == 0, "records: ", flat.extent[0], " bytes are no records of ", size);
  return {reinterpret_cast<const T*>(flat.data), {flat.extent[0] / size}};
}

}  // namespace mueca
