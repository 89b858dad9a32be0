// The SIMT executor: runs a CUDA kernel's own source on the CPU, one fiber per CUDA thread.
//
// A block runs on one OS thread. Fibers switch only at barriers, warp collectives and exit, in an order that the caller
// chooses, so that a missing barrier shows as a wrong answer in one of the three. Stricter than a GPU: shared memory is
// poisoned before each block, asynchronous copies arrive as late as they may, and misuse is an Error that names kernel,
// block, threads and lines: barriers that not all threads reach, collectives that name an absent lane, writes past
// shared memory, deadlock, launches that no device takes. Bulk copies come as late as they may in the order `forward`,
// at once in `reverse`, and one or the other by chance in `shuffled`.
// It cannot see: races with the same result in all orders, fences but those of Hopper, waiting between blocks (they run
// one by one), last bits of the device's arithmetic, the text of PTX, time.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/emulated/fiber.h"
#include "kernels/emulated/hopper.h"

namespace mueca::simt {

inline constexpr int kWarp = 32;
// What every device of compute capability 8.0 and up takes (CUDA programming guide, technical specifications).
inline constexpr unsigned kBlockThreads = 1024, kBlockZ = 64, kGridYZ = 65535;
inline constexpr std::size_t kStaticShared = 48 * 1024, kSharedBytes = 99 * 1024;
inline constexpr std::size_t kHopperSharedBytes =
    227 * 1024;  // for kernels that use what only compute capability 9.0 has

enum class Order { forward, reverse, shuffled };

struct Dim {
  unsigned x = 1, y = 1, z = 1;
  constexpr Dim(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  std::uint64_t count() const { return std::uint64_t{x} * y * z; }
};

// Where in the source a thread stands.
struct Place {
  const char* file;
  unsigned line;
  static constexpr Place here(const char* f = __builtin_FILE(), unsigned l = __builtin_LINE()) { return {f, l}; }
  bool operator==(const Place& other) const;
};

// One lane's contribution to a collective: a shuffled value, or its fragments of a matrix product.
struct Deposit {
  alignas(16) std::byte bytes[64];
};

enum class State : std::uint8_t { ready, at_barrier, at_collective, at_condition, exited };

struct Thread {
  Fiber fiber;
  Dim index;          // threadIdx
  unsigned rank = 0;  // in the block
  State state = State::exited;
  const char* waits_in = "";  // operation and place of the last wait
  Place at{"", 0};
  unsigned mask = 0;  // of that collective
  int vote = 0;       // for that barrier
  std::function<bool()> condition;
  Deposit deposit;
  struct Copy {
    void* to;
    const void* from;
    std::size_t bytes, zeros;
  };
  std::vector<Copy> issued;               // asynchronous copies of the open group
  std::vector<std::vector<Copy>> groups;  // committed groups, oldest first
  WarpgroupWork wgmma;
  unsigned lane() const { return rank % kWarp; }
};

using Inbox = std::array<Deposit, kWarp>;

struct Block {
  const char* kernel = "";
  Dim index, dim, grid;  // blockIdx, blockDim, gridDim
  std::vector<Thread> threads;
  std::vector<Inbox> inboxes;              // one per warp: what its last collective brought
  std::vector<WarpgroupMeeting> meetings;  // one per warpgroup
  int votes = 0, voters = 0;               // of the last barrier
  std::size_t static_shared = 0;
};

// For kernels, while they run.
Block& block();
Thread& self();
void wait_barrier(const char* operation, int vote, Place at);
const Inbox& wait_collective(const char* operation, unsigned mask, Place at);
void wait_until(const char* operation, std::function<bool()> condition, Place at);
[[noreturn]] void fail(const std::string& what);  // adds kernel, block and the threads' places

// `bytes` of shared memory of this block that are its own by `key` (one per type); poisoned before each block.
std::byte* static_shared(const void* key, std::size_t bytes);
std::byte* dynamic_shared();

// For the twins of Hopper's instructions. The asynchronous proxy sees its own writes, and others' as of the last
// publish_shared(); addresses are those of dynamic shared memory, which is aligned to 128 bytes and not to more.
struct SharedView {
  const std::byte* data;  // of the byte at address `begin`
  unsigned begin, end;
};
void needs_hopper();
void arrive_later(std::function<void()> arrival);
void publish_shared();
void write_async(void* to, const void* from, std::size_t bytes);
const std::byte* async_view(const char* operation, const void* at, std::size_t bytes);
SharedView async_view();
unsigned shared_address(const void* at);

// Runs `body` once for each thread of the grid. Throws Error for what the top of this file names. Not from a kernel.
void run(const std::string& kernel, Dim grid, Dim block, std::size_t dynamic_bytes, const std::function<void()>& body);

// While alive, launches of this OS thread run their threads in that order.
class OrderScope {
 public:
  explicit OrderScope(Order order, unsigned seed = 1);
  ~OrderScope();
  OrderScope(const OrderScope&) = delete;
  OrderScope& operator=(const OrderScope&) = delete;

 private:
  std::pair<Order, unsigned> before_;
};

}  // namespace mueca::simt
