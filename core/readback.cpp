#include "core/readback.h"

#include "core/gpu/machine.h"

namespace mueca {

// The next begin() may come while a copy is under way: both are on one stream, so the later one ends later.
struct Readback::OnGpu {
  gpu::Machine& machine = gpu::machine();
  gpu::Pinned pinned;
  explicit OnGpu(std::size_t bytes) : pinned(gpu::take_pinned(machine, bytes)) {}
  ~OnGpu() { gpu::give_back(machine, pinned); }
  OnGpu(const OnGpu&) = delete;
  OnGpu& operator=(const OnGpu&) = delete;
};

Readback::Readback(Tensor source) : source_(std::move(source)) {
  check(source_.defined() && source_.dtype() == DType::f32, "readback: the source must be a float32 tensor");
  if (source_.device() == Device::cuda)
    gpu_ = std::make_unique<OnGpu>(static_cast<std::size_t>(source_.size()) * sizeof(float));
}
Readback::~Readback() = default;
Readback::Readback(Readback&&) noexcept = default;
Readback& Readback::operator=(Readback&&) noexcept = default;

void Readback::begin() {
  if (gpu_)
    gpu::begin_download(gpu_->pinned, source_.view<float, 1>().data,
                        static_cast<std::size_t>(source_.size()) * sizeof(float));
  else
    values_ = source_.to_vector();
}

std::span<const float> Readback::wait() const {
  if (!gpu_) return values_;
  gpu::wait(gpu_->machine, gpu_->pinned);
  return {reinterpret_cast<const float*>(gpu_->pinned.at), static_cast<std::size_t>(source_.size())};
}

}  // namespace mueca
