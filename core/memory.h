// The only place that allocates tensor memory. Buffers are move-only and return to their device's pool.
#pragma once
#include <cstddef>
#include <string_view>

#include "core/device.h"

namespace mueca {

struct MemoryStats {
  std::size_t live = 0;  // bytes in buffers now
  std::size_t peak = 0;  // the most `live` has been since reset_peak()
};

// `bytes` of memory on a device, 64-byte aligned, contents undefined. Freed memory is kept for the next buffer, so
// that a training step neither calls the system nor touches fresh pages. A kernel's launcher takes the room for its
// partial results as a Buffer, too: who gets that memory next comes later in the same stream.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device device, std::size_t bytes);  // throws Error when the device has no room
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  Device device_ = Device::cpu;
};

MemoryStats memory_stats(Device device);
void reset_peak(Device device);

// For tests: while on, each new buffer in host memory starts as NaN (bytes 0xFF) between guard bytes of the same value.
void guard_buffers(bool on);
// Throws Error, naming `after`, if something wrote beside a guarded buffer that lives or has died since the last call.
void check_guards(std::string_view after);

}  // namespace mueca
