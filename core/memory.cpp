#include "core/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "core/error.h"

#if defined(__SANITIZE_ADDRESS__)
#define MUECA_PLAIN_MALLOC 1  // let the sanitizer see every buffer
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MUECA_PLAIN_MALLOC 1
#endif
#endif

namespace mueca {
namespace {

// One reserved range of addresses, cut into chunks: best fit, neighbours merge when freed. Pages are only touched
// where a buffer once was, so the resident size is the high-water mark of the step and no more.
class Arena {
 public:
  static constexpr std::size_t kAlign = 64, kReserve = std::size_t{1} << 38;  // 256 GiB of addresses, not of memory

  void* allocate(std::size_t bytes) {
    const std::size_t need = std::max(round_up(bytes, kAlign), kAlign);
    std::lock_guard lock(mutex_);
    if (!base_) reserve();
    const auto fit = by_size_.lower_bound({need, 0});
    if (fit == by_size_.end()) return nullptr;
    const auto [size, offset] = *fit;
    erase_free(offset, size);
    if (size > need) insert_free(offset + need, size - need);
    used_[offset] = need;
    return base_ + offset;
  }

  void release(void* p) {
    std::lock_guard lock(mutex_);
    auto offset = static_cast<std::size_t>(static_cast<std::byte*>(p) - base_);
    const auto it = used_.find(offset);
    std::size_t size = it->second;
    used_.erase(it);
    if (auto next = free_.find(offset + size); next != free_.end()) {
      const auto [next_offset, next_size] = *next;
      erase_free(next_offset, next_size);
      size += next_size;
    }
    if (auto after = free_.upper_bound(offset); after != free_.begin()) {
      const auto [before_offset, before_size] = *std::prev(after);
      if (before_offset + before_size == offset) {
        erase_free(before_offset, before_size);
        offset = before_offset;
        size += before_size;
      }
    }
    insert_free(offset, size);
  }

 private:
  static std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }
  void reserve() {
    void* p = mmap(nullptr, kReserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(p != MAP_FAILED, "memory: cannot reserve ", kReserve >> 30, " GiB of addresses (is `ulimit -v` set?)");
    madvise(p, kReserve, MADV_HUGEPAGE);  // fewer TLB misses; a refusal costs only speed
    base_ = static_cast<std::byte*>(p);
    insert_free(0, kReserve);
  }
  void insert_free(std::size_t offset, std::size_t size) {
    free_[offset] = size;
    by_size_.insert({size, offset});
  }
  void erase_free(std::size_t offset, std::size_t size) {
    free_.erase(offset);
    by_size_.erase({size, offset});
  }

  std::mutex mutex_;
  std::byte* base_ = nullptr;
  std::map<std::size_t, std::size_t> used_, free_;         // offset -> size
  std::set<std::pair<std::size_t, std::size_t>> by_size_;  // the free chunks again: (size, offset)
};

[[maybe_unused]] Arena& arena() {    // unused where the sanitizer sees plain malloc
  static auto* const a = new Arena;  // never destroyed: buffers of static objects may outlive main
  return *a;
}

std::mutex g_stats_mutex;
MemoryStats g_stats;  // the host's: of `cpu` and `emulated` together

// Guarded buffers: kGuard bytes on either side, kept by the address of what lies between.
constexpr std::size_t kGuard = Arena::kAlign;
std::atomic<bool> g_guarding{false};
std::mutex g_guard_mutex;  // of what follows
bool g_guard_broken = false;
std::map<void*, std::size_t> g_guarded;

bool guards_whole(const void* data, std::size_t bytes) {
  const auto* p = static_cast<const unsigned char*>(data);
  const auto untouched = [](unsigned char c) { return c == 0xFF; };
  return std::all_of(p - kGuard, p, untouched) && std::all_of(p + bytes, p + bytes + kGuard, untouched);
}

void* take_plain(Device device, std::size_t bytes) {
  check(device != Device::cuda, "memory: this build has no memory on device ", name_of(device));
  if (bytes > Arena::kReserve) return nullptr;  // before any rounding up could overflow
#ifdef MUECA_PLAIN_MALLOC
  return std::aligned_alloc(Arena::kAlign,
                            std::max(bytes + Arena::kAlign - 1, Arena::kAlign) / Arena::kAlign * Arena::kAlign);
#else
  return arena().allocate(bytes);
#endif
}

void give_back_plain(void* p) {
#ifdef MUECA_PLAIN_MALLOC
  std::free(p);
#else
  arena().release(p);
#endif
}

void* take(Device device, std::size_t bytes) {
  if (!g_guarding) return take_plain(device, bytes);
  auto* const p = static_cast<std::byte*>(take_plain(device, bytes + 2 * kGuard));
  if (!p) return nullptr;
  std::memset(p, 0xFF, bytes + 2 * kGuard);
  std::lock_guard lock(g_guard_mutex);
  g_guarded[p + kGuard] = bytes;
  return p + kGuard;
}

// Takes the buffer off the list of guarded ones; false if it was not on it.
bool forget_guards(void* p) {
  std::lock_guard lock(g_guard_mutex);
  const auto it = g_guarded.find(p);
  if (it == g_guarded.end()) return false;
  g_guard_broken |= !guards_whole(p, it->second);
  g_guarded.erase(it);
  return true;
}

void give_back(void* p) { give_back_plain(forget_guards(p) ? static_cast<std::byte*>(p) - kGuard : p); }

}  // namespace

Buffer::Buffer(Device device, std::size_t bytes) : data_(take(device, bytes)), bytes_(bytes), device_(device) {
  check(data_ != nullptr, "memory: no room for ", bytes, " bytes on device ", name_of(device));
  std::lock_guard lock(g_stats_mutex);
  g_stats.live += bytes;
  g_stats.peak = std::max(g_stats.peak, g_stats.live);
}

Buffer::Buffer(Buffer&& other) noexcept { *this = std::move(other); }

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(device_, other.device_);
  return *this;
}

Buffer::~Buffer() {
  if (!data_) return;
  give_back(data_);
  std::lock_guard lock(g_stats_mutex);
  g_stats.live -= bytes_;
}

MemoryStats memory_stats(Device) {
  std::lock_guard lock(g_stats_mutex);
  return g_stats;
}

void reset_peak(Device) {
  std::lock_guard lock(g_stats_mutex);
  g_stats.peak = g_stats.live;
}

void guard_buffers(bool on) { g_guarding = on; }

void check_guards(std::string_view after) {
  std::lock_guard lock(g_guard_mutex);
  bool whole = !std::exchange(g_guard_broken, false);
  for (const auto& [data, bytes] : g_guarded) {
    if (guards_whole(data, bytes)) continue;
    whole = false;
    std::memset(static_cast<std::byte*>(data) - kGuard, 0xFF, kGuard);  // told once
    std::memset(static_cast<std::byte*>(data) + bytes, 0xFF, kGuard);
  }
  check(whole, after, " wrote beside a buffer");
}

}  // namespace mueca
