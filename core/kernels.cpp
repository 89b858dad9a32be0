#include "core/kernels.h"

#include <algorithm>
#include <atomic>
#include <iterator>

#include "core/error.h"
#include "core/memory.h"

namespace mueca {
namespace {

constexpr KernelTable kCpu = {
#define MUECA_ENTRY(name, ...) &cpu::name,
    MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};

// What kernels/cuda lacks so far: `emulated` refuses it by name. A kernel that stands neither here nor there is a link
// error; the list shrinks by a line with each kernel that comes, and goes with the last.
// clang-format off
constexpr std::string_view kNoCudaVersion[] = {
    "depthwise_forward",
    "depthwise_backward_data",
    "depthwise_backward_weights",
    "depthwise_fused_forward",
};
// clang-format on
constexpr bool has_cuda_version(std::string_view name) {
  return std::ranges::find(kNoCudaVersion, name) == std::end(kNoCudaVersion);
}

std::atomic<bool> g_counting{false};
std::atomic<long> g_calls[std::size(kKernelNames)];

enum KernelNumber : std::size_t {
#define MUECA_ENTRY(name, ...) number_of_##name,
  MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};

template <std::size_t Number, class Signature>
struct Absent;
template <std::size_t Number, class... Args>
struct Absent<Number, void(Args...)> {
  static void call(Args...) { throw Error(str(kKernelNames[Number], ": no CUDA version yet")); }
};

constexpr KernelTable kEmulated = {
#define MUECA_ENTRY(name, ...)                           \
  [] {                                                   \
    if constexpr (has_cuda_version(#name))               \
      return &emulated::name;                            \
    else                                                 \
      return &Absent<number_of_##name, sig::name>::call; \
  }(),
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

}  // namespace

const KernelTable& kernels(Device device) {
  check(has_device(device), "device: ", name_of(device), " is not in this build");
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
