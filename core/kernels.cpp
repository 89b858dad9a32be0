#include "core/kernels.h"

#include <algorithm>
#include <atomic>
#include <iterator>

#include "core/error.h"
#include "core/gpu.h"
#include "core/memory.h"

namespace mueca {
namespace {

template <class T>
inline constexpr bool is_activation = false;
template <int Rank>
inline constexpr bool is_activation<Activations<Rank>> = true;
template <class T>
bool is_narrow(const T& t) {
  if constexpr (is_activation<T>) return t.narrow;
  return false;
}

// Calls the kernel for float32, or where one of the activations is bfloat16 the one for that; all must agree.
template <auto Wide, auto Narrow, class Call>
struct ByStorage;
template <auto Wide, auto Narrow, class... Args>
struct ByStorage<Wide, Narrow, void(Args...)> {
  static void call(Args... args) {
    const bool narrow = (is_narrow(args) || ...);
    if (narrow)
      Narrow(static_cast<Args>(args)...);
    else
      Wide(static_cast<Args>(args)...);
  }
};

// On the CPU activations are float32: a conversion says so where they are not.
#define MUECA_ENTRY(name, ...) &ByStorage<&cpu::name, &cpu::name, Calls::name>::call,
constexpr KernelTable kCpu = {MUECA_KERNEL_LIST(MUECA_ENTRY)};
#undef MUECA_ENTRY

#define MUECA_ENTRY(name, ...)                                       \
  &ByStorage<static_cast<Signatures<float>::name*>(&emulated::name), \
             static_cast<Signatures<bf16>::name*>(&emulated::name), Calls::name>::call,
constexpr KernelTable kEmulated = {MUECA_KERNEL_LIST(MUECA_ENTRY)};
#undef MUECA_ENTRY

#ifdef MUECA_HAVE_CUDA
#define MUECA_ENTRY(name, ...)                                                                                      \
  &ByStorage<static_cast<Signatures<float>::name*>(&cuda::name), static_cast<Signatures<bf16>::name*>(&cuda::name), \
             Calls::name>::call,
constexpr KernelTable kCuda = {MUECA_KERNEL_LIST(MUECA_ENTRY)};
#undef MUECA_ENTRY
#endif

std::atomic<bool> g_counting{false};
std::atomic<long> g_calls[std::size(kKernelNames)];

enum KernelNumber : std::size_t {
#define MUECA_ENTRY(name, ...) number_of_##name,
  MUECA_KERNEL_LIST(MUECA_ENTRY)
#undef MUECA_ENTRY
};

// The same tables, each entry behind a counter and a check that it stayed within its buffers.
template <auto Kernel, std::size_t Number, class Call>
struct Counted;
template <auto Kernel, std::size_t Number, class... Args>
struct Counted<Kernel, Number, void(Args...)> {
  static void call(Args... args) {
    ++g_calls[Number];
    Kernel(static_cast<Args>(args)...);
    check_guards(kKernelNames[Number]);
  }
};
#define MUECA_ENTRY(name, ...) &Counted<kCpu.name, number_of_##name, Calls::name>::call,
constexpr KernelTable kCountedCpu = {MUECA_KERNEL_LIST(MUECA_ENTRY)};
#undef MUECA_ENTRY
#define MUECA_ENTRY(name, ...) &Counted<kEmulated.name, number_of_##name, Calls::name>::call,
constexpr KernelTable kCountedEmulated = {MUECA_KERNEL_LIST(MUECA_ENTRY)};
#undef MUECA_ENTRY
#ifdef MUECA_HAVE_CUDA
#define MUECA_ENTRY(name, ...) &Counted<kCuda.name, number_of_##name, Calls::name>::call,
constexpr KernelTable kCountedCuda = {MUECA_KERNEL_LIST(MUECA_ENTRY)};
#undef MUECA_ENTRY
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
