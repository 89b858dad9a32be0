// Dispatch: one table of function pointers per device, generated from the kernel list; a call with activations goes to
// the kernel for what they are stored as.
#pragma once
#include "core/activations.h"
#include "core/kernel_list.h"

namespace mueca {

struct Any;  // activations of either kind
template <>
struct StoredAs<Any> {
  template <int Rank>
  using In = Activations<Rank>;
  template <int Rank>
  using Out = Activations<Rank>;
};
using Calls = Signatures<Any>;

struct KernelTable {
#define MUECA_MEMBER(name, ...) Calls::name* name;
  MUECA_KERNEL_LIST(MUECA_MEMBER)
#undef MUECA_MEMBER
};

// The kernels of a device; throws Error when this build has none for it. With counting on (tests), calls are counted.
const KernelTable& kernels(Device device);

// For the coverage test: counts each kernel call of this process, in the order of kKernelNames.
void count_kernel_calls(bool on);
long kernel_calls(std::string_view name);

}  // namespace mueca
