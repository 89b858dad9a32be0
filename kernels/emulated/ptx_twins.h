// Twins in C++ of the instructions in kernels/cuda/ptx.cuh. Included by it alone.
#pragma once
#include <bit>
#include <cstdint>
#include <utility>

#include "core/bf16.h"
#include "core/error.h"
#include "kernels/emulated/cuda_twins.h"

namespace mueca::emulated {

// To 10 mantissa bits, ties away from zero.
inline float tf32_round(float x) {
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) + 0x1000u) & ~0x1fffu);
}

// Waits for the warp; then of(lane) are the fragments that a lane brought.
template <class Fragments>
auto all_fragments(const char* operation, const Fragments& mine, simt::Place at) {
  std::memcpy(simt::self().deposit.bytes, &mine, sizeof mine);
  const simt::Inbox& inbox = simt::wait_collective(operation, ~0u, at);
  return [&inbox](int lane) {
    Fragments f;
    std::memcpy(&f, inbox[static_cast<std::size_t>(lane)].bytes, sizeof f);
    return f;
  };
}

// Lane = 4 * group + member. Products are summed in double and rounded once; a GPU rounds more often.
// d[16,8] += a[16,8] b[8,8]. a: rows group, group + 8 of columns member, then of member + 4; b: rows member, member + 4
// of column group; d: rows group, group + 8, columns 2 * member, 2 * member + 1.
inline void mma_m16n8k8_tf32(float (&d)[4], const float (&a)[4], const float (&b)[2],
                             simt::Place at = simt::Place::here()) {
  struct Fragments {
    float a[4], b[2];
  } mine;
  const auto cut = [](float x) { return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & ~0x1fffu); };
  for (int i = 0; i < 4; ++i) mine.a[i] = cut(a[i]);
  for (int i = 0; i < 2; ++i) mine.b[i] = cut(b[i]);
  const auto of = all_fragments("mma.m16n8k8.tf32", mine, at);
  const int lane = static_cast<int>(simt::self().lane()), group = lane / 4, member = lane % 4;
  for (int e = 0; e < 4; ++e) {
    const int row = group + e / 2 * 8, column = 2 * member + e % 2;
    double sum = d[e];
    for (int k = 0; k < 8; ++k)
      sum += static_cast<double>(of(row % 8 * 4 + k % 4).a[k / 4 * 2 + row / 8]) * of(column * 4 + k % 4).b[k / 4];
    d[e] = static_cast<float>(sum);
  }
}

// Half `half` of a register.
inline float bf16_of(unsigned two, int half) { return widened({static_cast<std::uint16_t>(two >> (16 * half))}); }

// d[16,8] += a[16,16] b[16,8], two bfloat16 of neighbouring k in a register: a as in m16n8k8 with columns
// 2 * member, 2 * member + 1 (and 8 further) for member; b likewise with rows.
inline void mma_m16n8k16_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2],
                              simt::Place at = simt::Place::here()) {
  struct Fragments {
    unsigned a[4], b[2];
  } mine;
  std::memcpy(mine.a, a, sizeof a);
  std::memcpy(mine.b, b, sizeof b);
  const auto of = all_fragments("mma.m16n8k16.bf16", mine, at);
  const int lane = static_cast<int>(simt::self().lane()), group = lane / 4, member = lane % 4;
  for (int e = 0; e < 4; ++e) {
    const int row = group + e / 2 * 8, column = 2 * member + e % 2;
    double sum = d[e];
    for (int k = 0; k < 16; ++k) {
      const float x = bf16_of(of(row % 8 * 4 + k % 8 / 2).a[k / 8 * 2 + row / 8], k % 2);
      const float y = bf16_of(of(column * 4 + k % 8 / 2).b[k / 8], k % 2);
      sum += static_cast<double>(x) * y;
    }
    d[e] = static_cast<float>(sum);
  }
}

// Four 8 x 8 matrices of 16-bit elements; lanes 8 i to 8 i + 7 give the rows' addresses of matrix i. Lane gets of each
// row lane / 4, elements 2 * (lane % 4) and the next; transposed: of column lane / 4, rows 2 * (lane % 4) and the next.
// A row is read when its lane calls: what other lanes wrote must have been waited for before.
inline void load_matrices(const char* operation, unsigned (&r)[4], const void* row, bool transposed, simt::Place at) {
  if (reinterpret_cast<std::uintptr_t>(row) % 16 != 0) simt::fail(str(operation, ": a row must be 16-byte aligned"));
  simt::self().wgmma.fenced = false;  // it writes registers
  std::memcpy(simt::self().deposit.bytes, row, 16);
  const simt::Inbox& inbox = simt::wait_collective(operation, ~0u, at);
  const auto element = [&](int matrix, int i, int j) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, inbox[static_cast<std::size_t>(8 * matrix + i)].bytes + 2 * j, sizeof bits);
    return unsigned{bits};
  };
  const int lane = static_cast<int>(simt::self().lane()), group = lane / 4, pair = lane % 4 * 2;
  for (int matrix = 0; matrix < 4; ++matrix)
    r[matrix] = transposed ? element(matrix, pair, group) | element(matrix, pair + 1, group) << 16
                           : element(matrix, group, pair) | element(matrix, group, pair + 1) << 16;
}
inline void ldmatrix_x4(unsigned (&r)[4], const void* row, simt::Place at = simt::Place::here()) {
  load_matrices("ldmatrix.x4", r, row, false, at);
}
inline void ldmatrix_x4_trans(unsigned (&r)[4], const void* row, simt::Place at = simt::Place::here()) {
  load_matrices("ldmatrix.x4.trans", r, row, true, at);
}

// Rows of floats: an element is two 16-bit ones.
inline void ldmatrix_x4(float (&r)[4], const void* row, simt::Place at = simt::Place::here()) {
  unsigned bits[4];
  load_matrices("ldmatrix.x4", bits, row, false, at);
  for (int i = 0; i < 4; ++i) r[i] = std::bit_cast<float>(bits[i]);
}

// Two floats, rounded to bfloat16 (ties to even), in one register.
inline unsigned bf16_pair(float low, float high) { return unsigned{narrowed(high).bits} << 16 | narrowed(low).bits; }

// 4 or 16 bytes, or with inside = false as many zeros, that arrive with the wait for their group and not before.
inline void cp_async(std::size_t bytes, void* to, const void* from, bool inside) {
  const auto aligned = [bytes](const void* p) { return reinterpret_cast<std::uintptr_t>(p) % bytes == 0; };
  if (!aligned(to) || (inside && !aligned(from)))
    simt::fail(str("cp.async: both addresses must be ", bytes, "-byte aligned"));
  simt::self().issued.push_back({to, from, inside ? bytes : 0, inside ? 0 : bytes});
}
inline void cp_async4(void* to, const void* from, bool inside = true) { cp_async(4, to, from, inside); }
inline void cp_async16(void* to, const void* from, bool inside = true) { cp_async(16, to, from, inside); }
inline void cp_async_commit() {
  simt::Thread& thread = simt::self();
  thread.groups.push_back(std::exchange(thread.issued, {}));
}
inline void land(const std::vector<simt::Thread::Copy>& group) {
  for (const auto& copy : group) {
    if (copy.bytes > 0) std::memcpy(copy.to, copy.from, copy.bytes);
    std::memset(static_cast<std::byte*>(copy.to) + copy.bytes, 0, copy.zeros);
  }
}
// Waits until at most `Left` groups are on their way.
template <int Left>
void cp_async_wait() {
  auto& groups = simt::self().groups;
  while (groups.size() > static_cast<std::size_t>(Left)) {
    land(groups.front());
    groups.erase(groups.begin());
  }
}

}  // namespace mueca::emulated
