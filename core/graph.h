// Work on a device that is recorded once and then started again as one (a CUDA graph).
#pragma once
#include <functional>
#include <memory>

#include "core/device.h"

namespace mueca {

class RecordedWork {
 public:
  explicit RecordedWork(Device device);
  ~RecordedWork();
  RecordedWork(RecordedWork&&) noexcept;
  RecordedWork& operator=(RecordedWork&&) noexcept;

  // cpu, emulated: calls work(). cuda: the first call runs it (what allocates or tunes itself does so now), the second
  // records it, and all later ones start the recording. So work must do the same each time: kernels, shapes, addresses;
  // what changes from call to call is read from device memory, written there before run(). Always by the same thread.
  // Tensors that live on after work() keep their memory until this object dies, and longer where they live longer: what
  // they hold after run() is what the last call computed. Throws Error, with no recording left, when work() throws,
  // copies from or to the host while it is recorded, or does what a recording cannot hold.
  void run(const std::function<void()>& work);

  // The next run() is a first one again: for work that changed (another shape, other parameters).
  void reset();

 private:
  struct Recording;
  Device device_;
  std::unique_ptr<Recording> recording_;  // of cuda, from the first run() on
};

}  // namespace mueca
