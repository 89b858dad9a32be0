#include "kernels/emulated/executor.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <map>
#include <random>

#include "core/error.h"

namespace mueca::simt {
namespace {

constexpr std::size_t kZone = 128;  // bytes on both sides of shared memory that nobody may write
constexpr std::byte kPoison{0xFF};  // four of them are a NaN, so that reads before writes show
constexpr std::byte kCanary{0xA5};

// A piece of shared memory between two zones of canaries.
struct Region {
  std::vector<std::byte> storage, view;  // view: as the asynchronous proxy sees it, where a kernel uses that
  std::size_t bytes = 0;

  void make(std::size_t n) {
    bytes = n;
    storage.assign(n + 3 * kZone + 1024, kCanary);
    poison();
  }
  std::byte* data() {  // 128-byte aligned, as dynamic shared memory is, and not more
    const auto begin = reinterpret_cast<std::uintptr_t>(storage.data()) + kZone;
    return storage.data() + kZone + (1024 - begin % 1024) % 1024 + 128;
  }
  void poison() {
    std::memset(data(), static_cast<int>(kPoison), bytes);
    std::fill(view.begin(), view.end(), kPoison);
  }
  bool holds(const void* at, std::size_t n) {
    const auto begin = reinterpret_cast<std::uintptr_t>(data()), p = reinterpret_cast<std::uintptr_t>(at);
    return p >= begin && p + n <= begin + bytes;
  }
  bool intact() {
    const auto is_canary = [](std::byte b) { return b == kCanary; };
    std::byte* const begin = data();
    return std::all_of(begin - kZone, begin, is_canary) && std::all_of(begin + bytes, begin + bytes + kZone, is_canary);
  }
};

struct Running {
  Block block;
  Thread* self = nullptr;
  const std::function<void()>* body = nullptr;
  std::exception_ptr error;
  Region dynamic;
  std::map<const void*, Region> shared;         // by key; addresses of regions are stable
  std::vector<std::function<void()>> arrivals;  // copies on their way
  std::size_t waiting = 0;                      // threads that wait for a condition
  bool hopper = false;
  std::mt19937 random;

  template <class Body>
  void each_region(const Body& body) {
    body(dynamic);
    for (auto& [key, region] : shared) body(region);
  }
};
thread_local Running* t_running = nullptr;
thread_local std::pair<Order, unsigned> t_order{Order::forward, 1};

std::string text(const Dim& d) { return str("(", d.x, ",", d.y, ",", d.z, ")"); }

void thread_main() {
  Fiber::entered();
  try {
    (*t_running->body)();
  } catch (...) {
    t_running->error = std::current_exception();
  }
  t_running->self->state = State::exited;
  t_running->self->fiber.suspend(true);
}

// Lets a thread run to its next wait or its end, and looks at what it left behind.
void step(Running& r, Thread& thread) {
  r.self = &thread;
  thread.fiber.resume();
  if (r.error) std::rethrow_exception(std::exchange(r.error, nullptr));
  bool intact = r.dynamic.intact();
  for (auto& [key, region] : r.shared) intact = intact && region.intact();
  if (intact) return;
  const std::string last = thread.state == State::exited ? "its end" : str(thread.at.file, ":", thread.at.line);
  fail(str("thread ", thread.rank, " wrote past shared memory before ", last));
}

// Completes one collective of the warp whose threads are all there; false when there is none.
bool release_warp(Running& r, std::size_t warp) {
  auto& threads = r.block.threads;
  const std::size_t first = warp * kWarp, end = std::min(first + kWarp, threads.size());
  for (std::size_t i = first; i < end; ++i) {
    const Thread& waiting = threads[i];
    if (waiting.state != State::at_collective) continue;
    bool complete = true;
    for (std::size_t lane = 0; lane < kWarp && complete; ++lane) {
      if (!(waiting.mask >> lane & 1)) continue;
      if (first + lane >= end) {  // the last warp of an odd block: a full mask means the lanes that exist
        if (waiting.mask == ~0u) continue;
        fail(str(waiting.waits_in, " names lane ", lane, ", which the block does not have"));
      }
      const Thread& other = threads[first + lane];
      if (other.state == State::exited) fail(str(waiting.waits_in, " names lane ", lane, ", which has exited"));
      complete = other.state == State::at_collective && other.mask == waiting.mask && other.at == waiting.at;
    }
    if (!complete) continue;
    const unsigned mask = waiting.mask;
    for (std::size_t lane = 0; first + lane < end; ++lane)
      if (mask >> lane & 1) {
        r.block.inboxes[warp][lane] = threads[first + lane].deposit;
        threads[first + lane].state = State::ready;
      }
    return true;
  }
  return false;
}

// Lets go who waits for something that has come true; false when there is none.
bool release_waiting(Running& r) {
  const std::size_t before = r.waiting;
  for (Thread& thread : r.block.threads) {
    if (r.waiting == 0) break;
    if (thread.state != State::at_condition) continue;
    r.self = &thread;
    if (thread.condition()) thread.state = State::ready, --r.waiting;
  }
  return r.waiting < before;
}

// One of the copies that are on their way arrives; false when there is none, or nobody whom it could serve.
bool deliver(Running& r) {
  const auto lives = [](const Thread& thread) { return thread.state != State::exited; };
  if (r.arrivals.empty() || std::none_of(r.block.threads.begin(), r.block.threads.end(), lives)) return false;
  const std::size_t i = t_order.first == Order::shuffled ? r.random() % r.arrivals.size() : 0;
  const std::function<void()> arrival = std::move(r.arrivals[i]);
  r.arrivals.erase(r.arrivals.begin() + static_cast<std::ptrdiff_t>(i));
  arrival();
  return true;
}

// What a block may not leave behind.
void check_end(Running& r) {
  if (!r.arrivals.empty()) fail("a block ended while a bulk copy was on its way");
  for (const Thread& thread : r.block.threads)
    if (!thread.wgmma.sums.empty()) fail("a block ended while a warpgroup's product was on its way");
  if (!r.hopper && r.dynamic.bytes + r.block.static_shared > kSharedBytes)
    fail(
        str("more than ", kSharedBytes, " bytes of shared memory, static and dynamic, for no instruction of Hopper's"));
}

// Every thread waits or has exited, and no collective is complete: the barrier, the end, or a bug. False at the end.
bool release_block(Running& r) {
  const Thread* first = nullptr;
  std::size_t live = 0, waiting = 0;
  bool same = true;
  for (const Thread& thread : r.block.threads) {
    live += thread.state != State::exited;
    if (thread.state != State::at_barrier) continue;
    ++waiting;
    if (!first) first = &thread;
    same = same && thread.at == first->at;
  }
  if (live == 0) return false;
  if (waiting != live) fail("deadlock: threads wait for each other");
  if (!same) fail("threads of one block wait at different barriers");
  r.block.votes = 0, r.block.voters = static_cast<int>(waiting);
  for (Thread& thread : r.block.threads)
    if (thread.state == State::at_barrier) r.block.votes += thread.vote != 0, thread.state = State::ready;
  return true;
}

void run_block(Running& r) {
  r.each_region([](Region& region) { region.poison(); });
  r.arrivals.clear(), r.waiting = 0;
  r.block.meetings.assign(r.block.threads.size() / kWarpgroup, {});
  auto& threads = r.block.threads;
  std::vector<std::size_t> sequence(threads.size());
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i].issued.clear(), threads[i].groups.clear(), threads[i].wgmma = {};
    threads[i].state = State::ready;
    threads[i].fiber.arm(thread_main);
    sequence[i] = t_order.first == Order::reverse ? threads.size() - 1 - i : i;
  }
  for (;;) {
    if (t_order.first == Order::shuffled) std::shuffle(sequence.begin(), sequence.end(), r.random);
    for (const std::size_t i : sequence)
      if (threads[i].state == State::ready) step(r, threads[i]);
    bool released = false;
    for (std::size_t warp = 0; warp < r.block.inboxes.size(); ++warp)
      while (release_warp(r, warp)) released = true;
    if (release_waiting(r) || released || deliver(r)) continue;
    if (!release_block(r)) return check_end(r);
  }
}

void check_launch(const std::string& kernel, const Dim& grid, const Dim& block, std::size_t dynamic_bytes) {
  check(grid.count() > 0 && block.count() > 0, kernel, ": an empty launch, grid ", text(grid), ", block ", text(block));
  check(block.x <= kBlockThreads && block.y <= kBlockThreads && block.z <= kBlockZ && block.count() <= kBlockThreads,
        kernel, ": a block has at most ", kBlockThreads, " threads (z at most ", kBlockZ, "), got ", text(block));
  check(grid.x <= 0x7fffffffu && grid.y <= kGridYZ && grid.z <= kGridYZ, kernel, ": a grid's y and z are at most ",
        kGridYZ, ", got ", text(grid));
  check(dynamic_bytes <= kHopperSharedBytes, kernel, ": a block has at most ", kHopperSharedBytes,
        " bytes of shared memory, got ", dynamic_bytes);
}

}  // namespace

bool Place::operator==(const Place& other) const { return line == other.line && std::strcmp(file, other.file) == 0; }

Block& block() { return t_running->block; }
Thread& self() { return *t_running->self; }

void wait_barrier(const char* operation, int vote, Place at) {
  Thread& thread = self();
  thread.waits_in = operation, thread.at = at, thread.vote = vote, thread.state = State::at_barrier;
  thread.fiber.suspend();
}

const Inbox& wait_collective(const char* operation, unsigned mask, Place at) {
  Thread& thread = self();
  thread.waits_in = operation, thread.at = at, thread.mask = mask;
  if (!(mask >> thread.lane() & 1)) fail(str(operation, ": thread ", thread.rank, " is not in its own mask"));
  thread.state = State::at_collective;
  thread.fiber.suspend();
  return block().inboxes[thread.rank / kWarp];
}

void wait_until(const char* operation, std::function<bool()> condition, Place at) {
  Thread& thread = self();
  thread.waits_in = operation, thread.at = at, thread.condition = std::move(condition);
  thread.state = State::at_condition;
  ++t_running->waiting;
  thread.fiber.suspend();
}

void fail(const std::string& what) {
  const Block& b = block();
  std::string message = str("simt: ", b.kernel, ": ", what, "; block ", text(b.index));
  int shown = 0;
  std::string last;
  for (const Thread& thread : b.threads) {  // the first thread of each kind, a few of them
    if (thread.state == State::ready && &thread != t_running->self) continue;
    std::string place = thread.state == State::exited ? std::string("exited")
                        : thread.at.line > 0 ? str(thread.waits_in, " at ", thread.at.file, ":", thread.at.line)
                                             : std::string("running");
    if (place == last || shown == 6) continue;
    message += str("\n  thread ", thread.rank, " ", text(thread.index), ": ", place);
    last = std::move(place), ++shown;
  }
  throw Error(message);
}

std::byte* static_shared(const void* key, std::size_t bytes) {
  auto [at, fresh] = t_running->shared.try_emplace(key);
  if (fresh) {
    block().static_shared += bytes;
    if (block().static_shared > kStaticShared)
      fail(str("more than ", kStaticShared, " bytes of static shared memory: ", block().static_shared));
    if (block().static_shared + t_running->dynamic.bytes > kHopperSharedBytes)
      fail(str("more than ", kHopperSharedBytes, " bytes of shared memory, static and dynamic"));
    at->second.make(bytes);
    if (t_running->hopper) at->second.view.assign(bytes, kPoison);
  }
  return at->second.data();
}

std::byte* dynamic_shared() { return t_running->dynamic.data(); }

void needs_hopper() {
  if (std::exchange(t_running->hopper, true)) return;
  t_running->each_region([](Region& region) { region.view.assign(region.bytes, kPoison); });
}

void arrive_later(std::function<void()> arrival) {
  Running& r = *t_running;
  needs_hopper();
  if (t_order.first == Order::reverse || (t_order.first == Order::shuffled && r.random() % 2 == 0)) return arrival();
  r.arrivals.push_back(std::move(arrival));
}

void publish_shared() {
  needs_hopper();
  t_running->each_region(
      [](Region& region) { std::copy(region.data(), region.data() + region.bytes, region.view.begin()); });
}

const std::byte* async_view(const char* operation, const void* at, std::size_t bytes) {
  const std::byte* found = nullptr;
  t_running->each_region([&](Region& region) {
    if (region.holds(at, bytes)) found = region.view.data() + (static_cast<const std::byte*>(at) - region.data());
  });
  if (!found) fail(str(operation, " reaches beyond the block's shared memory"));
  return found;
}

void write_async(void* to, const void* from, std::size_t bytes) {
  std::memcpy(const_cast<std::byte*>(async_view("a bulk copy", to, bytes)), from, bytes);
  std::memcpy(to, from, bytes);
}

// Dynamic shared memory begins at this address: a multiple of 128, and of no more.
constexpr unsigned kSharedBegin = 1024 + 128;
unsigned shared_address(const void* at) {
  if (!t_running->dynamic.holds(at, 0)) fail("an address of dynamic shared memory was asked for elsewhere");
  return kSharedBegin + static_cast<unsigned>(static_cast<const std::byte*>(at) - t_running->dynamic.data());
}
SharedView async_view() {
  Region& region = t_running->dynamic;
  return {region.view.data(), kSharedBegin, kSharedBegin + static_cast<unsigned>(region.bytes)};
}

void run(const std::string& kernel, Dim grid, Dim block, std::size_t dynamic_bytes, const std::function<void()>& body) {
  check_launch(kernel, grid, block, dynamic_bytes);
  check(t_running == nullptr, kernel, ": launched from a kernel");
  static thread_local std::vector<Thread> parked;  // stacks are kept from launch to launch
  Running r;
  r.block.kernel = kernel.c_str(), r.block.dim = block, r.block.grid = grid, r.body = &body;
  r.block.threads = std::exchange(parked, {});
  const auto n = static_cast<std::size_t>(block.count());
  std::vector<Thread> spare;
  while (r.block.threads.size() > n) {
    spare.push_back(std::move(r.block.threads.back()));
    r.block.threads.pop_back();
  }
  while (r.block.threads.size() < n) r.block.threads.emplace_back();
  for (unsigned i = 0; i < n; ++i) {
    r.block.threads[i].rank = i;
    r.block.threads[i].index = Dim(i % block.x, i / block.x % block.y, i / (block.x * block.y));
  }
  r.block.inboxes.resize((n + kWarp - 1) / kWarp);
  r.dynamic.make(dynamic_bytes);
  r.random.seed(t_order.second);
  struct Scope {  // whatever happens, the next launch finds a quiet executor
    ~Scope() { t_running = nullptr; }
  } const scope;
  t_running = &r;
  for (unsigned z = 0; z < grid.z; ++z)
    for (unsigned y = 0; y < grid.y; ++y)
      for (unsigned x = 0; x < grid.x; ++x) {
        r.block.index = Dim(x, y, z);
        run_block(r);
      }
  parked = std::move(r.block.threads);
  for (Thread& thread : spare) parked.push_back(std::move(thread));
}

OrderScope::OrderScope(Order order, unsigned seed) : before_(std::exchange(t_order, {order, seed})) {}
OrderScope::~OrderScope() { t_order = before_; }

}  // namespace mueca::simt
