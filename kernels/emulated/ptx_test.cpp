// The twins of PTX instructions, against products and transposes written out, and asynchronous copies that come late.
#include "kernels/cuda/ptx.cuh"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

namespace mueca::emulated {
namespace {

using simt::Order;
using simt::OrderScope;

unsigned bf16_bits(float x) { return std::bit_cast<std::uint32_t>(x) >> 16; }  // exact for small integers

// c[16, 8] = a[16, depth] b[depth, 8], one warp; a through shared memory by two stages of cp.async.
struct Stages {
  alignas(16) float a[2][16][8];
};
template <bool HasWait>
__global__ void product_tf32(const float* a, const float* b, float* c, int depth) {
  Stages& s = shared<Stages>();
  const int lane = static_cast<int>(threadIdx.x), group = lane / 4, member = lane % 4;
  float d[4] = {0, 0, 0, 0};
  const auto load = [&](int k, int stage) {
    cp_async16(&s.a[stage][lane / 2][lane % 2 * 4], a + lane / 2 * depth + k + lane % 2 * 4);
    cp_async_commit();
  };
  load(0, 0);
  for (int k = 0; k < depth; k += 8) {
    const int stage = k / 8 % 2;
    if (k + 8 < depth) load(k + 8, stage ^ 1);
    if (HasWait) {
      if (k + 8 < depth)
        cp_async_wait<1>();
      else
        cp_async_wait<0>();
    }
    __syncwarp();
    const auto& t = s.a[stage];
    const float fa[4] = {tf32_round(t[group][member]), tf32_round(t[group + 8][member]),
                         tf32_round(t[group][member + 4]), tf32_round(t[group + 8][member + 4])};
    const float fb[2] = {tf32_round(b[(k + member) * 8 + group]), tf32_round(b[(k + member + 4) * 8 + group])};
    mma_m16n8k8_tf32(d, fa, fb);
    __syncwarp();
  }
  for (int e = 0; e < 4; ++e) c[(group + e / 2 * 8) * 8 + 2 * member + e % 2] = d[e];
}

// c[16, 8] = a[16, 16] b[16, 8]: a by ldmatrix from rows, b by the transposed ldmatrix from rows of k.
struct Operands {
  alignas(16) std::uint16_t a[16][16], b[16][8];
};
__global__ void product_bf16(const float* a, const float* b, float* c) {
  Operands& s = shared<Operands>();
  const int lane = static_cast<int>(threadIdx.x);
  for (int i = lane; i < 256; i += 32) s.a[i / 16][i % 16] = static_cast<std::uint16_t>(bf16_bits(a[i]));
  for (int i = lane; i < 128; i += 32) s.b[i / 8][i % 8] = static_cast<std::uint16_t>(bf16_bits(b[i]));
  __syncwarp();
  unsigned fa[4], fb[4];
  ldmatrix_x4(fa, &s.a[lane % 8 + lane / 8 % 2 * 8][lane / 16 * 8]);
  ldmatrix_x4_trans(fb, s.b[lane % 16]);  // matrices 0 and 1: k 0-7 and 8-15; 2 and 3 repeat them
  float d[4] = {0, 0, 0, 0};
  const unsigned two[2] = {fb[0], fb[1]};
  mma_m16n8k16_bf16(d, fa, two);
  for (int e = 0; e < 4; ++e) c[(lane / 4 + e / 2 * 8) * 8 + 2 * (lane % 4) + e % 2] = d[e];
}

std::vector<float> integers(int n, int seed) {
  std::vector<float> values;
  for (int i = 0; i < n; ++i) values.push_back(static_cast<float>((i * 37 + seed * 11 + i * i % 13) % 15 - 7));
  return values;
}

std::vector<float> product(const std::vector<float>& a, const std::vector<float>& b, int depth) {
  std::vector<float> c(16 * 8);
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 8; ++j)
      for (int k = 0; k < depth; ++k)
        c[static_cast<std::size_t>(i * 8 + j)] +=
            a[static_cast<std::size_t>(i * depth + k)] * b[static_cast<std::size_t>(k * 8 + j)];
  return c;
}

TEST(PtxTwins, Tf32ProductsThroughAsynchronousCopies) {
  alignas(16) const std::vector<float> b = integers(40 * 8, 2);
  struct alignas(16) Aligned {
    float at[16 * 40];
  } a;
  const std::vector<float> values = integers(16 * 40, 1);
  std::copy(values.begin(), values.end(), a.at);
  const auto expected = product(values, b, 40);
  for (const Order order : {Order::forward, Order::reverse, Order::shuffled}) {
    const OrderScope scope(order);
    std::vector<float> c(128), without(128);
    Stream stream;
    launch<product_tf32<true>>(stream, 1, 32, 0, static_cast<const float*>(a.at), b.data(), c.data(), 40);
    EXPECT_EQ(c, expected);
    launch<product_tf32<false>>(stream, 1, 32, 0, static_cast<const float*>(a.at), b.data(), without.data(), 40);
    EXPECT_NE(without, expected) << "a missing wait must show";
  }
}

TEST(PtxTwins, Bf16ProductsThroughLdmatrix) {
  const auto a = integers(256, 3), b = integers(128, 4);
  for (const Order order : {Order::forward, Order::reverse, Order::shuffled}) {
    const OrderScope scope(order);
    std::vector<float> c(128);
    Stream stream;
    launch<product_bf16>(stream, 1, 32, 0, a.data(), b.data(), c.data());
    EXPECT_EQ(c, product(a, b, 16));
  }
}

__global__ void misaligned_copy(float* y) { cp_async16(&dynamic_smem<float>()[1], y); }
__global__ void zero_filled(float* y) {
  auto* s = dynamic_smem<float>();
  cp_async16(s, nullptr, false);
  cp_async_commit();
  cp_async_wait<0>();
  *y = s[0] + s[3];
}

TEST(PtxTwins, CopiesCheckAlignmentAndFillWithZeros) {
  Stream stream;
  float y = 1;
  EXPECT_THROW((launch<misaligned_copy>(stream, 1, 1, 64, &y)), Error);
  launch<zero_filled>(stream, 1, 1, 64, &y);
  EXPECT_EQ(y, 0);
}

__global__ void float_fragments(const float* x, float* y) {
  auto* s = dynamic_smem<float>();  // [32, 4]
  const int lane = static_cast<int>(threadIdx.x);
  for (int e = 0; e < 4; ++e) cp_async4(s + lane * 4 + e, x + lane * 4 + e, lane != 5);
  cp_async_commit();
  cp_async_wait<0>();
  __syncwarp();
  float f[4];
  ldmatrix_x4(f, s + lane * 4);
  for (int e = 0; e < 4; ++e) y[lane * 4 + e] = f[e];
}

TEST(PtxTwins, FloatsThroughLdmatrixAndFourByteCopies) {
  const auto x = integers(128, 5);
  std::vector<float> y(128), expected(128);
  for (std::size_t lane = 0; lane < 32; ++lane)
    for (std::size_t matrix = 0; matrix < 4; ++matrix) {
      const std::size_t row = 8 * matrix + lane / 4;
      expected[lane * 4 + matrix] = row == 5 ? 0 : x[row * 4 + lane % 4];
    }
  Stream stream;
  launch<float_fragments>(stream, 1, 32, 512, x.data(), y.data());
  EXPECT_EQ(y, expected);
}

TEST(PtxTwins, PairsOfBfloat16RoundToEven) {
  EXPECT_EQ(bf16_pair(1, -2), bf16_bits(-2) << 16 | bf16_bits(1));
  EXPECT_EQ(bf16_pair(1 + 0x1p-8f, 1 + 0x3p-8f), bf16_bits(1 + 0x1p-6f) << 16 | bf16_bits(1));
  EXPECT_EQ(bf16_pair(1 + 0x1.01p-8f, NAN), 0x7fffu << 16 | bf16_bits(1 + 0x1p-7f));
}

TEST(PtxTwins, Tf32RoundsToTenBitsTiesAway) {
  EXPECT_EQ(tf32_round(1.0f + 0x1p-11f), 1.0f + 0x1p-10f);
  EXPECT_EQ(tf32_round(-1.0f - 0x1p-11f), -1.0f - 0x1p-10f);
  EXPECT_EQ(tf32_round(1.0f + 0x1p-12f), 1.0f);
}

}  // namespace
}  // namespace mueca::emulated
