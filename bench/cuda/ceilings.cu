// Compiled by nvcc alone. Each kernel keeps one unit busy and nothing else waits: what it reaches is the unit's
// ceiling.
#include "bench/cuda/ceilings.h"

#include <algorithm>

#include "core/error.h"
#include "kernels/cuda/ptx.cuh"

namespace mueca::bench {
namespace {

constexpr int kThreads = 256, kRounds = 4096, kChains = 8;

// Thread: one float4 in kUnroll places, a grid apart; 32 bytes a float4.
__global__ void __launch_bounds__(kThreads)
    copy_all(const float4* __restrict__ x, float4* __restrict__ y, std::size_t n) {
  constexpr int kUnroll = 4;
  const std::size_t from = std::size_t{blockIdx.x} * kThreads * kUnroll + threadIdx.x;
  float4 v[kUnroll];
#pragma unroll
  for (int i = 0; i < kUnroll; ++i)
    if (from + i * kThreads < n) v[i] = x[from + i * kThreads];
#pragma unroll
  for (int i = 0; i < kUnroll; ++i)
    if (from + i * kThreads < n) y[from + i * kThreads] = v[i];
}

// Results are stored under a condition that never holds, and that no compiler can know.
__global__ void __launch_bounds__(kThreads) fma_all(float* y, float a, float b) {
  float sum[kChains];
  for (int i = 0; i < kChains; ++i) sum[i] = static_cast<float>(threadIdx.x + i);
#pragma unroll 1
  for (int round = 0; round < kRounds; ++round)
#pragma unroll
    for (int i = 0; i < kChains; ++i) sum[i] = sum[i] * a + b;
  float total = 0;
  for (const float s : sum) total += s;
  if (total == 12345.678f) y[threadIdx.x] = total;
}

template <bool kBf16>
__global__ void __launch_bounds__(kThreads) mma_all(float* y, float a) {
  float sums[kChains][4] = {}, fa[4] = {a, a, a, a}, fb[2] = {a, a};
  unsigned ua[4], ub[2];
  for (unsigned& u : ua) u = __float_as_uint(a);
  for (unsigned& u : ub) u = __float_as_uint(a);
#pragma unroll 1
  for (int round = 0; round < kRounds; ++round)
#pragma unroll
    for (int i = 0; i < kChains; ++i)
      if constexpr (kBf16)
        cuda::mma_m16n8k16_bf16(sums[i], ua, ub);
      else
        cuda::mma_m16n8k8_tf32(sums[i], fa, fb);
  float total = 0;
  for (const auto& s : sums) total += s[0] + s[1] + s[2] + s[3];
  if (total == 12345.678f) y[threadIdx.x] = total;
}

#ifdef __CUDA_ARCH_FEAT_SM90_ALL
// A shared-memory matrix of 8 x 8 cores without swizzle; the numbers in it do not matter here.
__device__ std::uint64_t matrix_at(const void* tile) {
  const auto address = static_cast<std::uint64_t>(cuda::shared_address(tile));
  return (address & 0x3FFFF) >> 4 | std::uint64_t{128 >> 4} << 16 | std::uint64_t{256 >> 4} << 32;
}
#endif

// Hopper's own: a warpgroup multiplies 64 x 16 by 16 x 128 from shared memory, and says in y[0] that it did: in code
// for other architectures it does nothing.
__global__ void __launch_bounds__(128) wgmma_all(float* y) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  struct Tiles {
    alignas(128) unsigned char a[64 * 16 * 2], b[16 * 128 * 2];
  };
  Tiles& tiles = cuda::shared<Tiles>();
  for (int i = static_cast<int>(threadIdx.x); i < static_cast<int>(sizeof(Tiles) / 4); i += 128)
    reinterpret_cast<unsigned*>(&tiles)[i] = 0x3c003c00u + static_cast<unsigned>(i * 2654435761u >> 9 & 0x007f007fu);
  asm volatile("fence.proxy.async.shared::cta;");
  __syncthreads();
  float d[64] = {};
  const std::uint64_t a = matrix_at(tiles.a), b = matrix_at(tiles.b);
#define MUECA_D8(i)                                                                                           \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), \
      "+f"(d[i + 7])
#pragma unroll 1
  for (int round = 0; round < kRounds; ++round) {
    asm volatile("wgmma.fence.sync.aligned;");
    asm volatile(
        "{\n.reg .pred p;\nsetp.ne.b32 p, 1, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 "
        "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%"
        "29,"
        "%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,%"
        "57,"
        "%58,%59,%60,%61,%62,%63}, %64, %65, p, 1, 1, 0, 0;\n}\n"
        : MUECA_D8(0), MUECA_D8(8), MUECA_D8(16), MUECA_D8(24), MUECA_D8(32), MUECA_D8(40), MUECA_D8(48), MUECA_D8(56)
        : "l"(a), "l"(b));
    asm volatile("wgmma.commit_group.sync.aligned;");
  }
  asm volatile("wgmma.wait_group.sync.aligned 0;");
  float total = 0;
  for (const float v : d) total += v;
  if (total == 12345.678f) y[threadIdx.x] = total;
  if (blockIdx.x == 0 && threadIdx.x == 0) y[0] = 1;
#undef MUECA_D8
#endif
}

template <class Launch>
double best_microseconds(Gpu& gpu, const Launch& launch) {
  double best = 1e30;
  for (int i = 0; i < 8; ++i) best = std::min(best, gpu.microseconds(launch));
  return best;
}

}  // namespace

std::vector<Ceiling> measure_ceilings(Gpu& gpu) {
  if (gpu.device() != Device::cuda) return {};
  int device = 0, processors = 0, major = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  Stream& stream = gpu.stream();
  const Memory scratch = gpu.allocate(kThreads * sizeof(float));
  auto* const y = static_cast<float*>(scratch.get());
  const int blocks = processors * 8;
  const double warps = blocks * kThreads / 32.0, each = static_cast<double>(kRounds) * kChains;
  std::vector<Ceiling> all;
  const auto compute = [&](const char* name, double flop, const auto& launch) {
    all.push_back({std::string("compute.") + name, flop / best_microseconds(gpu, launch) * 1e-3});
  };
  compute("fp32 FMA", 2 * 32 * warps * each,
          [&] { cuda::launch<fma_all>(stream, blocks, kThreads, 0, y, 0.999f, 0.001f); });
  compute("mma tf32", 2.0 * 16 * 8 * 8 * warps * each,
          [&] { cuda::launch<mma_all<false>>(stream, blocks, kThreads, 0, y, 0.001f); });
  compute("mma bf16", 2.0 * 16 * 8 * 16 * warps * each,
          [&] { cuda::launch<mma_all<true>>(stream, blocks, kThreads, 0, y, 0.001f); });
  if (major == 9) {
    compute("wgmma bf16", 2.0 * 64 * 128 * 16 * kRounds * blocks,
            [&] { cuda::launch<wgmma_all>(stream, blocks, 128, 0, y); });
    float ran = 0;
    gpu.download(&ran, y, sizeof ran);
    if (ran != 1) all.pop_back();  // built without sm_90a
  }

  constexpr std::size_t kBytes = std::size_t{2} << 30;  // far beyond any cache
  const Memory from = gpu.allocate(kBytes), to = gpu.allocate(kBytes);
  const auto values = std::vector<float>(1 << 20, 1.25f);
  for (std::size_t at = 0; at < kBytes; at += values.size() * 4)
    gpu.upload(static_cast<char*>(from.get()) + at, values.data(), values.size() * 4);
  const std::size_t n = kBytes / sizeof(float4);
  const auto copy_blocks = static_cast<unsigned>((n + kThreads * 4 - 1) / (kThreads * 4));
  const double us = best_microseconds(gpu, [&] {
    cuda::launch<copy_all>(stream, copy_blocks, kThreads, 0, static_cast<const float4*>(from.get()),
                           static_cast<float4*>(to.get()), n);
  });
  all.push_back({"memory.copy", 2.0 * static_cast<double>(kBytes) / us * 1e-3});

  // What an empty call costs: 100 copies of a few bytes, recorded and started as one.
  const auto tiny = [&] {
    for (int i = 0; i < 100; ++i)
      cuda::launch<copy_all>(stream, 1, kThreads, 0, static_cast<const float4*>(from.get()),
                             static_cast<float4*>(to.get()), std::size_t{16});
  };
  tiny();
  if (const Work recorded = gpu.record(tiny))
    all.push_back({"call, recorded, us", best_microseconds(gpu, recorded) / 100});
  all.push_back({"call, plain, us", best_microseconds(gpu, tiny) / 100});
  return all;
}

}  // namespace mueca::bench
