// Numbers on their way from a device to the host, where the device does not wait for whoever reads them.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "core/tensor.h"

namespace mueca {

class Readback {
 public:
  explicit Readback(Tensor source);  // float32; its elements are copied, its address stays
  ~Readback();
  Readback(Readback&&) noexcept;
  Readback& operator=(Readback&&) noexcept;

  // Enqueues the copy behind all that this thread has put on the stream; a copy that nobody waited for is forgotten.
  // Not while work is recorded (core/graph.h).
  void begin();
  // Waits for that copy, not for work that was enqueued since. Valid until the next begin().
  std::span<const float> wait() const;

 private:
  struct OnGpu;
  Tensor source_;
  std::vector<float> values_;   // of the host's devices
  std::unique_ptr<OnGpu> gpu_;  // of cuda
};

}  // namespace mueca
