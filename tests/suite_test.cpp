// Runs the suite: five tests per family (its references, its kernels on the CPU, the CUDA kernels run by the executor
// and by a GPU where there is one, its refusals), and the coverage walk.
#include "tests/suite.h"

#include <gtest/gtest.h>

#include "core/gpu.h"
#include "core/kernels.h"
#include "tests/cases/list.h"

namespace mueca::suite {
namespace {

void hold_on_gpu(const Family& family) {
  if (!has_device(Device::cuda)) GTEST_SKIP() << "skipped: " << why_no_cuda();
  hold_kernels(family, Device::cuda);
}

#define MUECA_FAMILY(name)                                                     \
  TEST(References, name) { prove_references(name##_family()); }                \
  TEST(Kernels, name) { hold_kernels(name##_family(), Device::cpu); }          \
  TEST(CudaKernels, name) { hold_kernels(name##_family(), Device::emulated); } \
  TEST(CudaDevice, name) { hold_on_gpu(name##_family()); }                     \
  TEST(Refusals, name) { hold_refusals(name##_family()); }
MUECA_FAMILY_LIST(MUECA_FAMILY)
#undef MUECA_FAMILY

// A kernel that no case has called is a kernel that nothing holds. Calls all cases itself, as ctest gives each test a
// process of its own.
TEST(Coverage, EveryKernelOfTheListIsCalled) {
#define MUECA_FAMILY(name) call_kernels(name##_family());
  MUECA_FAMILY_LIST(MUECA_FAMILY)
#undef MUECA_FAMILY
  for (std::string_view name : kKernelNames)
    EXPECT_GT(kernel_calls(name), 0) << name << ": no case of the suite reached it";
}

}  // namespace
}  // namespace mueca::suite
