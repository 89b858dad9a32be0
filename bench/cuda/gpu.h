// The device that is measured: memory, copies, a clock, and what it is. `cuda` is a GPU; `emulated` rehearses the same
// program on the executor of kernels/emulated, where times mean nothing and everything else is as it will be.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "bench/cuda/measure.h"
#include "core/device.h"

namespace mueca::bench {

using Memory = std::shared_ptr<void>;

class Gpu : public Clock {
 public:
  virtual Device device() const = 0;
  virtual Memory allocate(std::size_t bytes) = 0;  // throws Error when there is no room
  virtual void upload(void* to, const void* from, std::size_t bytes) = 0;
  virtual void download(void* to, const void* from, std::size_t bytes) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  virtual void poison(void* to, std::size_t bytes) = 0;  // every float a NaN
  virtual void finish() = 0;                             // all work is done; throws Error if some of it failed
  virtual std::size_t cache_bytes() const = 0;           // of the L2
  // "gpu", "driver", "sm clock now MHz", ...: what a reader needs to know to trust or repeat a number.
  virtual std::map<std::string, std::string> facts() const = 0;

  Stream& stream() { return stream_of(device()); }
};

// Null, with the reason, where there is no such device in this build or machine.
std::unique_ptr<Gpu> open_gpu(Device device, std::string* why);

}  // namespace mueca::bench
