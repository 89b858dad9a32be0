// The one way to start a kernel and to get shared memory, on a GPU and - the same source, compiled with
// MUECA_EMULATED - on the CPU (kernels/emulated). Kernels of this folder live in namespace mueca::MUECA_CUDA.
#pragma once
#include <cstddef>
#include <string_view>

#include "core/device.h"
#include "core/error.h"
#include "kernels/cuda/namespace.h"

#ifdef MUECA_EMULATED
#include "kernels/emulated/cuda_twins.h"
#else
#include <cuda_runtime.h>
#endif

static_assert(__cplusplus >= 202002L, "kernels are C++20");

namespace mueca::MUECA_CUDA {

// The name of a kernel, for reports, from the compiler's text of this function: "... Kernel = ns::gru_gates]".
template <auto Kernel>
std::string kernel_name() {
  const std::string_view text = __PRETTY_FUNCTION__;
  const std::size_t begin = text.find("Kernel = ") + 9, end = text.find_first_of(";]", begin);
  std::string_view name = text.substr(begin, end - begin);
  const std::size_t colons = name.substr(0, name.find('<')).rfind("::");
  return std::string(colons == std::string_view::npos ? name : name.substr(colons + 2));
}

// kernel<<<grid, block, dynamic_bytes>>>(args...) on the stream; throws Error that names the kernel.
template <auto Kernel, class... Args>
void launch([[maybe_unused]] Stream& stream, dim3 grid, dim3 block, std::size_t dynamic_bytes, Args... args) {
#ifdef MUECA_EMULATED
  simt::run(kernel_name<Kernel>(), grid, block, dynamic_bytes, [&] { Kernel(args...); });
#else
  cudaError_t error = cudaSuccess;
  if (dynamic_bytes > 48 * 1024)  // above that a kernel must ask for it
    error = cudaFuncSetAttribute(Kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(dynamic_bytes));
  if (error == cudaSuccess) {
    // clang-format off
    Kernel<<<grid, block, dynamic_bytes, static_cast<cudaStream_t>(stream.handle)>>>(args...);
    // clang-format on
    error = cudaGetLastError();
  }
  check(error == cudaSuccess, kernel_name<Kernel>(), ": ", cudaGetErrorString(error));
#endif
}

// The block's one S: `struct Tile { float a[16][17]; }; Tile& s = shared<Tile>();`
template <class S>
__device__ S& shared() {
  static_assert(sizeof(S) <= 48 * 1024 && alignof(S) <= 128);
#ifdef MUECA_EMULATED
  static const char key = 0;
  return *reinterpret_cast<S*>(simt::static_shared(&key, sizeof(S)));
#else
  __shared__ alignas(128) unsigned char bytes[sizeof(S)];
  return *reinterpret_cast<S*>(bytes);
#endif
}

// The launch's dynamic shared memory.
template <class T>
__device__ T* dynamic_smem() {
#ifdef MUECA_EMULATED
  return reinterpret_cast<T*>(simt::dynamic_shared());
#else
  extern __shared__ __align__(128) unsigned char dynamic_bytes[];
  return reinterpret_cast<T*>(dynamic_bytes);
#endif
}

}  // namespace mueca::MUECA_CUDA
