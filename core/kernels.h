// Dispatch: one table of function pointers per device, generated from the kernel list.
#pragma once
#include "core/kernel_list.h"

namespace mueca {

struct KernelTable {
#define MUECA_MEMBER(name, ...) sig::name* name;
  MUECA_KERNEL_LIST(MUECA_MEMBER)
#undef MUECA_MEMBER
};

// The kernels of a device; throws Error when this build has none for it. With counting on (tests), calls are counted.
const KernelTable& kernels(Device device);

// For the coverage test: counts each kernel call of this process, in the order of kKernelNames.
void count_kernel_calls(bool on);
long kernel_calls(std::string_view name);

}  // namespace mueca
