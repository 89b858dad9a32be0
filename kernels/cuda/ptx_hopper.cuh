// The PTX that only Hopper has (sm_90a): barriers in shared memory that count bytes, bulk copies, products of whole
// warpgroups. As in ptx.cuh each instruction has its twin in C++, in kernels/emulated/ptx_hopper_twins.h, which says
// what it does. PTX ISA 9.0, "Parallel synchronization: mbarrier", "cp.async.bulk", "Asynchronous warpgroup level
// matrix instructions", "setmaxnreg".
#pragma once
#include <cstdint>

#include "kernels/cuda/ptx.cuh"

// Whether this pass of the compiler may emit them; a kernel's body is empty where it may not.
#if defined(MUECA_EMULATED) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define MUECA_HOPPER 1
#else
#define MUECA_HOPPER 0
#endif

#ifdef MUECA_EMULATED
#include "kernels/emulated/ptx_hopper_twins.h"
#else
namespace mueca::cuda {

using Mbarrier = std::uint64_t;  // in shared memory

__device__ inline void mbarrier_init(Mbarrier* at, unsigned arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(at)), "r"(arrivals) : "memory");
}
__device__ inline void mbarrier_arrive(Mbarrier* at) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(at)) : "memory");
}
__device__ inline void mbarrier_arrive_expect(Mbarrier* at, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(at)), "r"(bytes)
               : "memory");
}
__device__ inline void mbarrier_wait(Mbarrier* at, unsigned parity) {
  unsigned done;
  do {
    asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2; selp.u32 %0, 1, 0, p; }"
                 : "=r"(done)
                 : "r"(shared_address(at)), "r"(parity)
                 : "memory");
  } while (!done);
}

// The phase waits, beside the thread's own arrival after this, for all cp.async that it has started: PTX ISA,
// "cp.async.mbarrier.arrive", which without .noinc makes the arrival that it adds one more that is expected.
__device__ inline void mbarrier_expect_copies(Mbarrier* at) {
  asm volatile("cp.async.mbarrier.arrive.shared::cta.b64 [%0];" ::"r"(shared_address(at)) : "memory");
}

__device__ inline void fence_proxy_async() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

__device__ inline void bulk_copy(void* to, const void* from, unsigned bytes, Mbarrier* done) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                   shared_address(to)),
               "l"(__cvta_generic_to_global(from)), "r"(bytes), "r"(shared_address(done))
               : "memory");
}

__device__ inline void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ inline void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// The sums pass through the wait, so that the compiler moves no reading of them in front of it.
template <int Left, int Blocks, int Sums>
__device__ void wgmma_wait(float (&d)[Blocks][Sums]) {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Left) : "memory");
#pragma unroll
  for (int b = 0; b < Blocks; ++b)
#pragma unroll
    for (int i = 0; i < Sums; ++i) asm volatile("" : "+f"(d[b][i])::"memory");
}

#define MUECA_EIGHT(i)                                                                                        \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), \
      "+f"(d[i + 7])

__device__ inline void wgmma_bf16(float (&d)[32], const unsigned (&a)[4], std::uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 "
      "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,"
      "%30,%31}, {%32,%33,%34,%35}, %36, 1, 1, 1, 0;"
      : MUECA_EIGHT(0), MUECA_EIGHT(8), MUECA_EIGHT(16), MUECA_EIGHT(24)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b)
      : "memory");
}

// b stands in memory as [k][n]: a line is 64 n of one k.
__device__ inline void wgmma_bf16_flat(float (&d)[32], const unsigned (&a)[4], std::uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 "
      "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,"
      "%30,%31}, {%32,%33,%34,%35}, %36, 1, 1, 1, 1;"
      : MUECA_EIGHT(0), MUECA_EIGHT(8), MUECA_EIGHT(16), MUECA_EIGHT(24)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b)
      : "memory");
}

__device__ inline void wgmma_bf16(float (&d)[64], const unsigned (&a)[4], std::uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 "
      "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,"
      "%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,"
      "%58,%59,%60,%61,%62,%63}, {%64,%65,%66,%67}, %68, 1, 1, 1, 0;"
      : MUECA_EIGHT(0), MUECA_EIGHT(8), MUECA_EIGHT(16), MUECA_EIGHT(24), MUECA_EIGHT(32), MUECA_EIGHT(40),
        MUECA_EIGHT(48), MUECA_EIGHT(56)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b)
      : "memory");
}
#undef MUECA_EIGHT

template <int Registers>
__device__ void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(Registers));
}
template <int Registers>
__device__ void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(Registers));
}

}  // namespace mueca::cuda
#endif

namespace mueca::MUECA_CUDA {

// How wgmma finds b in shared memory: lines of 64 bfloat16 (128 bytes), groups of 8 lines (1024 bytes) one after
// another and starting at multiples of 1024 bytes, the 16-byte pieces of line i at places piece ^ i % 8. A line is a
// column n and holds 64 k, and 16 k further on are 32 bytes, 2 in the descriptor ("K-major, 128-byte swizzle"); or, for
// the flat products, a line is a k, and 16 of them are 2048 bytes, 128 in the descriptor ("MN-major"). Bits 0-13
// address / 16, 16-29 leading offset (not used with 64 elements a line), 32-45 stride from group to group / 16, 49-51
// base offset (0), 62-63 swizzle (1: 128 bytes): PTX ISA, "Matrix descriptor format" and "Strides".
__device__ inline std::uint64_t wgmma_descriptor(const void* at) {
  constexpr std::uint64_t kLayout = std::uint64_t{1} << 62 | std::uint64_t{1024 / 16} << 32 | std::uint64_t{1} << 16;
  return kLayout | (shared_address(at) & 0x3ffff) >> 4;
}

}  // namespace mueca::MUECA_CUDA
