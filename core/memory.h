// The one place that allocates tensor memory (the GPU's: core/gpu/memory.cpp). Buffers are move-only and return to
// their device's pool.
#pragma once
#include <cstddef>
#include <string_view>

#include "core/device.h"

namespace mueca {

struct MemoryStats {     // of the host's memory (cpu and emulated together), or of the GPU's
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

// In the order of the calling thread's stream. The host's bytes may change as soon as this returns: a copy from the
// host is staged, a copy to it waits for the stream. Throws Error when RecordedWork is recording and the host has part
// in it.
void copy_bytes(Device to_device, void* to, Device from_device, const void* from, std::size_t bytes);

// For tests: while on, each new buffer starts as NaN (bytes 0xFF), in host memory between guard bytes of the same
// value. (On the GPU compute-sanitizer watches bounds, address by address, where guards would only catch writes.)
void guard_buffers(bool on);
// Throws Error, naming `after`, if something wrote beside a guarded buffer that lives or has died since the last call.
void check_guards(std::string_view after);

}  // namespace mueca
