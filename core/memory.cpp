#include "core/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "core/chunks.h"
#include "core/error.h"
#include "core/gpu/machine.h"

#if defined(__SANITIZE_ADDRESS__)
#define MUECA_PLAIN_MALLOC 1  // let the sanitizer see every buffer
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MUECA_PLAIN_MALLOC 1
#endif
#endif

namespace mueca {
namespace {

// One reserved range of addresses, cut into chunks. Pages are only touched where a buffer once was, so the resident
// size is the high-water mark of the step and no more.
class Arena {
 public:
  static constexpr std::size_t kAlign = 64, kReserve = std::size_t{1} << 38;  // 256 GiB of addresses, not of memory

  void* allocate(std::size_t bytes) {
    const std::size_t need = std::max((bytes + kAlign - 1) / kAlign * kAlign, kAlign);
    std::lock_guard lock(mutex_);
    if (!reserved_) reserve();
    return chunks_.take(need);
  }

  void release(void* p) {
    std::lock_guard lock(mutex_);
    chunks_.give_back(static_cast<std::byte*>(p));
  }

 private:
  void reserve() {
    void* p = mmap(nullptr, kReserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(p != MAP_FAILED, "memory: cannot reserve ", kReserve >> 30, " GiB of addresses (is `ulimit -v` set?)");
    madvise(p, kReserve, MADV_HUGEPAGE);  // fewer TLB misses; a refusal costs only speed
    chunks_.add(static_cast<std::byte*>(p), kReserve);
    reserved_ = true;
  }

  std::mutex mutex_;
  bool reserved_ = false;
  Chunks chunks_;
};

[[maybe_unused]] Arena& arena() {    // unused where the sanitizer sees plain malloc
  static auto* const a = new Arena;  // never destroyed: buffers of static objects may outlive main
  return *a;
}

std::mutex g_stats_mutex;
MemoryStats g_host_stats, g_gpu_stats;  // the host's: of `cpu` and `emulated` together

MemoryStats& stats_of(Device device) { return device == Device::cuda ? g_gpu_stats : g_host_stats; }

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

void* take_plain(std::size_t bytes) {
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
  if (device == Device::cuda) {
    void* const p = gpu::allocate(bytes);
    if (g_guarding) gpu::set(p, 0xFF, bytes);
    return p;
  }
  if (!g_guarding) return take_plain(bytes);
  auto* const p = static_cast<std::byte*>(take_plain(bytes + 2 * kGuard));
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

void give_back(Device device, void* p) {
  if (device == Device::cuda) return gpu::release(p);
  give_back_plain(forget_guards(p) ? static_cast<std::byte*>(p) - kGuard : p);
}

}  // namespace

Buffer::Buffer(Device device, std::size_t bytes) : data_(take(device, bytes)), bytes_(bytes), device_(device) {
  check(data_ != nullptr, "memory: no room for ", bytes, " bytes on device ", name_of(device));
  std::lock_guard lock(g_stats_mutex);
  MemoryStats& stats = stats_of(device);
  stats.live += bytes;
  stats.peak = std::max(stats.peak, stats.live);
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
  give_back(device_, data_);
  std::lock_guard lock(g_stats_mutex);
  stats_of(device_).live -= bytes_;
}

MemoryStats memory_stats(Device device) {
  std::lock_guard lock(g_stats_mutex);
  return stats_of(device);
}

void reset_peak(Device device) {
  std::lock_guard lock(g_stats_mutex);
  stats_of(device).peak = stats_of(device).live;
}

void copy_bytes(Device to_device, void* to, Device from_device, const void* from, std::size_t bytes) {
  const bool to_gpu = to_device == Device::cuda, from_gpu = from_device == Device::cuda;
  if (to_gpu && from_gpu) return gpu::copy(to, from, bytes);
  if (to_gpu) return gpu::upload(to, from, bytes);
  if (from_gpu) return gpu::download(to, from, bytes);
  std::memmove(to, from, bytes);
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
