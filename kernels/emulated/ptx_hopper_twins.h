// Twins in C++ of the instructions in kernels/cuda/ptx_hopper.cuh. Included by it alone.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "kernels/emulated/ptx_twins.h"

namespace mueca::emulated {

// A barrier's phase is over when all arrivals have come and the bytes that arrived are those that were expected. A
// device keeps the same in 64 bits of its own making; `mark` tells a barrier from memory that nobody initialised.
using Mbarrier = std::uint64_t;
struct MbarrierState {
  static constexpr std::uint64_t kNoBytes = 1u << 21, kMark = 0x15a5a;
  std::uint64_t bytes : 22, pending : 12, arrivals : 12, phase : 1, mark : 17;
};

inline MbarrierState mbarrier_state(const char* operation, const void* at) {
  MbarrierState state;
  std::memcpy(&state, at, sizeof state);
  if (state.mark != MbarrierState::kMark) simt::fail(str(operation, ": no mbarrier was initialised here"));
  return state;
}
inline void store_mbarrier(Mbarrier* at, MbarrierState state) {
  if (state.pending == 0 && state.bytes == MbarrierState::kNoBytes) state.phase ^= 1, state.pending = state.arrivals;
  std::memcpy(at, &state, sizeof state);
}

inline void mbarrier_init(Mbarrier* at, unsigned arrivals) {
  simt::needs_hopper();
  if (arrivals == 0 || arrivals > 1024) simt::fail(str("mbarrier.init: ", arrivals, " arrivals"));
  const MbarrierState fresh{MbarrierState::kNoBytes, arrivals, arrivals, 0, MbarrierState::kMark};
  std::memcpy(at, &fresh, sizeof fresh);
}
inline void mbarrier_arrive_expect(Mbarrier* at, unsigned bytes) {
  MbarrierState state = mbarrier_state("mbarrier.arrive", at);
  if (state.pending == 0) simt::fail("mbarrier.arrive: more arrivals than this phase expects");
  if (bytes >= 1u << 20) simt::fail("mbarrier.arrive.expect_tx: a barrier counts up to 2^20 - 1 bytes");
  state.bytes += bytes, state.pending -= 1;
  store_mbarrier(at, state);
}
inline void mbarrier_arrive(Mbarrier* at) { mbarrier_arrive_expect(at, 0); }
// Until the phase of that parity is over: the current one, or at once if it is the one before.
inline void mbarrier_wait(Mbarrier* at, unsigned parity, simt::Place place = simt::Place::here()) {
  simt::wait_until(
      "mbarrier.try_wait", [at, parity] { return mbarrier_state("mbarrier.try_wait", at).phase != parity; }, place);
}

// One arrival more in this phase, which comes with the thread's copies (cp.async) so far, when it likes (Order).
inline void mbarrier_expect_copies(Mbarrier* at) {
  MbarrierState state = mbarrier_state("cp.async.mbarrier.arrive", at);
  state.pending += 1;
  std::memcpy(at, &state, sizeof state);
  cp_async_commit();
  simt::arrive_later([at, groups = std::exchange(simt::self().groups, {})] {
    for (const auto& group : groups) land(group);
    mbarrier_arrive(at);
  });
}

// Bulk copies and wgmma see shared memory as of the last fence of any thread (a device asks for one on the way of
// barriers from the write to them).
inline void fence_proxy_async() { simt::publish_shared(); }

// Comes when it likes (Order) and counts its bytes on the barrier.
inline void bulk_copy(void* to, const void* from, unsigned bytes, Mbarrier* done) {
  const auto aligned = [](const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 16 == 0; };
  if (!aligned(to) || !aligned(from) || bytes % 16 != 0)
    simt::fail("cp.async.bulk: addresses and size must be multiples of 16 bytes");
  simt::arrive_later([=] {
    mbarrier_state("cp.async.bulk, which sees what fence.proxy.async has shown it",
                   simt::async_view("cp.async.bulk", done, sizeof *done));
    simt::write_async(to, from, bytes);
    MbarrierState state = mbarrier_state("cp.async.bulk", done);
    state.bytes -= bytes;
    store_mbarrier(done, state);
  });
}

inline unsigned shared_address(const void* at) { return simt::shared_address(at); }

// b by its descriptor (the bits: ptx_hopper.cuh), as the asynchronous proxy sees it now.
class WgmmaOperand {
 public:
  WgmmaOperand(std::uint64_t descriptor, bool flat)
      : flat_(flat),
        view_(simt::async_view()),
        start_(field(descriptor, 0, 14) << 4),
        stride_(field(descriptor, 32, 14) << 4) {
    const unsigned others = field(descriptor, 14, 2) | field(descriptor, 30, 2) | field(descriptor, 46, 16);
    if (field(descriptor, 62, 2) != 1 || others != 0)
      simt::fail("wgmma: a descriptor whose layout is not the one with 128-byte swizzle");
  }
  // Bits 4 to 6 of an address are exchanged by bits 7 to 9 of it: PTX ISA, "Swizzling modes", 16-byte pieces of 128
  // bytes in a pattern that repeats after 1024.
  float at(int n, int k) const {
    const auto line = static_cast<unsigned>(flat_ ? k : n), element = static_cast<unsigned>(flat_ ? n : k);
    unsigned address = start_ + line / 8 * stride_ + line % 8 * 128 + element * 2;
    address ^= (address >> 7 & 7) << 4;
    if (address < view_.begin || address + 2 > view_.end) simt::fail("wgmma reaches beyond the block's shared memory");
    std::uint16_t bits;
    std::memcpy(&bits, view_.data + (address - view_.begin), sizeof bits);
    return std::bit_cast<float>(std::uint32_t{bits} << 16);
  }

 private:
  static unsigned field(std::uint64_t bits, int from, int count) {
    return static_cast<unsigned>(bits >> from & ((std::uint64_t{1} << count) - 1));
  }
  bool flat_;
  simt::SharedView view_;
  unsigned start_, stride_;
};

// All threads of a warpgroup at one place with one b; afterwards `a` is what thread i of it brought.
inline const auto& wgmma_meet(const unsigned (&a)[4], std::uint64_t b, simt::Place place) {
  simt::Thread& thread = simt::self();
  simt::WarpgroupMeeting& meeting = simt::block().meetings.at(thread.rank / simt::kWarpgroup);
  constexpr std::uint64_t kAll = simt::kWarpgroup;
  const std::uint64_t mine = thread.wgmma.met++;
  if (meeting.arrived % kAll == 0) meeting.file = place.file, meeting.line = place.line, meeting.b = b;
  if (!(simt::Place{meeting.file, meeting.line} == place) || meeting.b != b)
    simt::fail(str("wgmma: thread ", thread.rank, " is at another product than its warpgroup"));
  auto& fragments = meeting.a[mine % 2];
  std::copy(a, a + 4, fragments[thread.rank % simt::kWarpgroup].begin());
  ++meeting.arrived;
  simt::wait_until(
      "wgmma.mma_async", [&meeting, mine] { return meeting.arrived >= kAll * (mine + 1); }, place);
  return std::as_const(fragments);
}

// d[64, N] += a[64, 16] b[N, 16]^T of a warpgroup, N = 2 Count. Warp w has rows 16 w to 16 w + 15, laid out as in
// mma.m16n8k16; columns 8 j + 2 * member and the next in d[4 j ...]. d is a NaN until it is awaited, and b is read
// then.
template <int Count>
void issue_product(float (&d)[Count], const unsigned (&a)[4], std::uint64_t b, bool flat, simt::Place place) {
  simt::needs_hopper();
  simt::WarpgroupWork& work = simt::self().wgmma;
  if (!work.fenced) simt::fail("wgmma.mma_async: registers were written after the last wgmma.fence");
  const auto& fragments = wgmma_meet(a, b, place);
  simt::WarpgroupProduct product{d, Count, {}, b, flat, a, {a[0], a[1], a[2], a[3]}};
  const unsigned quad = simt::self().rank % simt::kWarpgroup / 4 * 4;
  for (unsigned row = 0; row < 2; ++row)
    for (unsigned k = 0; k < 16; ++k)
      product.a[row][k] = bf16_of(fragments[quad + k % 8 / 2][k / 8 * 2 + row], static_cast<int>(k % 2));
  if (work.sums.try_emplace(d, d, d + Count).second) std::memset(d, 0xFF, sizeof d);
  work.issued.push_back(product);
}

template <int Count>
void wgmma_bf16(float (&d)[Count], const unsigned (&a)[4], std::uint64_t b, simt::Place place = simt::Place::here()) {
  issue_product(d, a, b, false, place);
}
inline void wgmma_bf16_flat(float (&d)[32], const unsigned (&a)[4], std::uint64_t b,
                            simt::Place place = simt::Place::here()) {
  issue_product(d, a, b, true, place);
}

inline void wgmma_fence() { simt::self().wgmma.fenced = true; }
inline void wgmma_commit() {
  simt::WarpgroupWork& work = simt::self().wgmma;
  work.groups.push_back(std::exchange(work.issued, {}));
}

inline void finish(simt::WarpgroupWork& work, const simt::WarpgroupProduct& p) {
  if (!std::equal(p.was.begin(), p.was.end(), p.registers))
    simt::fail("wgmma.wait_group: registers of a were written while a product read them");
  std::vector<float>& sums = work.sums.at(p.sums);
  const WgmmaOperand b(p.b, p.flat);
  const int member = static_cast<int>(simt::self().lane() % 4);
  for (std::size_t e = 0; e < p.count; e += e % 4 == 0 ? 1 : 3) {  // a column of both rows: e and e + 2
    const int n = static_cast<int>(e / 4) * 8 + 2 * member + static_cast<int>(e % 2);
    double sum[2] = {sums[e], sums[e + 2]};
    for (int k = 0; k < 16; ++k) {
      const double y = b.at(n, k);
      for (int row = 0; row < 2; ++row) sum[row] += static_cast<double>(p.a[row][k]) * y;
    }
    for (std::size_t row = 0; row < 2; ++row) sums[e + 2 * row] = static_cast<float>(sum[row]);
  }
}

// Waits until at most `Left` groups are on their way; then d is what all of them made of it, if none is left.
template <int Left, int Blocks, int Sums>
void wgmma_wait(float (&)[Blocks][Sums], simt::Place place = simt::Place::here()) {
  simt::wait_until(
      "wgmma.wait_group", [] { return true; }, place);  // others go on, and may spoil what is read
  simt::WarpgroupWork& work = simt::self().wgmma;
  work.fenced = false;
  while (work.groups.size() > static_cast<std::size_t>(Left)) {
    for (const simt::WarpgroupProduct& p : work.groups.front()) finish(work, p);
    work.groups.erase(work.groups.begin());
  }
  const auto busy = [&work](const float* d) {
    const auto uses = [d](const simt::WarpgroupProduct& p) { return p.sums == d; };
    return std::any_of(work.issued.begin(), work.issued.end(), uses) ||
           std::any_of(work.groups.begin(), work.groups.end(),
                       [&uses](const auto& group) { return std::any_of(group.begin(), group.end(), uses); });
  };
  for (auto at = work.sums.begin(); at != work.sums.end();) {
    if (busy(at->first)) {
      ++at;
      continue;
    }
    const auto poisoned = [](float v) { return std::bit_cast<std::uint32_t>(v) == 0xffffffffu; };
    if (!std::all_of(at->first, at->first + at->second.size(), poisoned))
      simt::fail("wgmma.wait_group: sums were written while a product was on its way");
    std::copy(at->second.begin(), at->second.end(), at->first);
    at = work.sums.erase(at);
  }
}

// What ptxas takes; how many registers a thread has makes no difference here.
template <int Registers>
void give_registers() {
  static_assert(Registers >= 24 && Registers <= 256 && Registers % 8 == 0);
}
template <int Registers>
void take_registers() {
  give_registers<Registers>();
}

}  // namespace mueca::emulated
