#include "core/kernels.h"

#include <algorithm>
#include <atomic>
#include <iterator>

#include "core/error.h"
#include "core/gpu.h"
#include "core/memory.h"

namespace mueca {
namespace {

constexpr KernelTable kCpu = {
#define MUECA_ENTRY(name, ...) &cpu::name,
    MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};

constexpr KernelTable kEmulated = {
#define MUECA_ENTRY(name, ...) &emulated::name,
    MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};

#ifdef MUECA_HAVE_CUDA
constexpr KernelTable kCuda = {
#define MUECA_ENTRY(name, ...) &cuda::name,
    MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};
#endif

std::atomic<bool> g_counting{false};
std::atomic<long> g_calls[std::size(kKernelNames)];

enum KernelNumber : std::size_t {
#define MUECA_ENTRY(name, ...) number_of_##name,
  MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};

// The same tables, each entry behind a counter and a check that it stayed within its buffers.
template <auto Kernel, std::size_t Number, class Signature>
struct Counted;
template <auto Kernel, std::size_t Number, class... Args>
struct Counted<Kernel, Number, void(Args...)> {
  static void call(Args... args) {
    ++g_calls[Number];
    Kernel(static_cast<Args>(args)...);
    check_guards(kKernelNames[Number]);
  }
};
constexpr KernelTable kCountedCpu = {
#define MUECA_ENTRY(name, ...) &Counted<kCpu.name, number_of_##name, sig::name>::call,
    MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};
constexpr KernelTable kCountedEmulated = {
#define MUECA_ENTRY(name, ...) &Counted<kEmulated.name, number_of_##name, sig::name>::call,
    MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};
#ifdef MUECA_HAVE_CUDA
constexpr KernelTable kCountedCuda = {
#define MUECA_ENTRY(name, ...) &Counted<kCuda.name, number_of_##name, sig::name>::call,
    MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};
#endif

}  // namespace

const KernelTable& kernels(Device device) {
  check(device != Device::cuda || has_device(device), "device: cuda cannot be used: ", why_no_cuda());
#ifdef MUECA_HAVE_CUDA
  if (device == Device::cuda) return g_counting ? kCountedCuda : kCuda;
#endif
  check(device == Device::cpu || device == Device::emulated, "device: ", name_of(device), " is not in this build");
  if (device == Device::emulated) return g_counting ? kCountedEmulated : kEmulated;
  return g_counting ? kCountedCpu : kCpu;
}

void count_kernel_calls(bool on) { g_counting = on; }

long kernel_calls(std::string_view name) {
  const auto* it = std::ranges::find(kKernelNames, name);
  check(it != std::end(kKernelNames), "kernel_calls: no kernel is called '", name, "'");
  return g_calls[it - std::begin(kKernelNames)];
}

}  // namespace mueca
