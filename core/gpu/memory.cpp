// Buffers of the GPU: chunks of segments, as core/gpu/machine.h tells.
#include <algorithm>
#include <iterator>

#include "core/error.h"
#include "core/gpu/machine.h"

namespace mueca::gpu {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kAlign = 256;        // whole cache lines; more than vector and bulk copies ask for
constexpr std::size_t kPage = 2 * kMiB;    // what the runtime hands out at least
constexpr std::size_t kLeast = 32 * kMiB;  // a segment is as large as the pool is already, within these
constexpr std::size_t kMost = 1024 * kMiB;
constexpr std::size_t kAnyRoom = std::size_t{1} << 48;  // larger than any memory: before rounding up could overflow

std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

std::map<std::byte*, Machine::Segment>::iterator segment_of(Machine& m, std::byte* chunk) {
  return std::prev(m.segments.upper_bound(chunk));
}

// Chunks that other threads have freed and are done with.
void collect_returned(Machine& m, Lane& lane) {
  std::erase_if(lane.returned, [&](const Lane::Returned& r) {
    bool done = false;
    if (m.api->done(r.event, &done) != 0 || !done) return false;
    m.api->destroy_event(r.event);
    segment_of(m, r.chunk)->second.pool->chunks.give_back(r.chunk);
    return true;
  });
}

// The smallest segment of the lane that lies idle becomes the recording's. True if there is one.
bool adopt(Machine& m, Pool& pool, std::size_t need) {
  Pool& general = pool.lane->general;
  auto best = m.segments.end();
  for (auto it = m.segments.begin(); it != m.segments.end(); ++it)
    if (it->second.pool == &general && it->second.bytes >= need && general.chunks.unused(it->first) &&
        (best == m.segments.end() || it->second.bytes < best->second.bytes))
      best = it;
  if (&pool == &general || best == m.segments.end()) return false;
  general.chunks.hand_over(best->first, pool.chunks);
  general.reserved -= best->second.bytes, pool.reserved += best->second.bytes;
  best->second.pool = &pool;
  return true;
}

// Gives segments that lie idle back to the runtime. Not beside a recording, which a free could disturb.
void drop_unused(Machine& m) {
  if (std::ranges::any_of(m.lanes, [](const Lane& lane) { return lane.capturing.load(); })) return;
  for (Lane& lane : m.lanes) {
    m.api->synchronize(lane.stream.handle);
    collect_returned(m, lane);
  }
  std::erase_if(m.segments, [&](const auto& segment) {
    const auto& [begin, s] = segment;
    if (s.pool != &s.pool->lane->general || !s.pool->chunks.unused(begin)) return false;
    s.pool->chunks.remove(begin);
    s.pool->reserved -= s.bytes;
    m.api->free(begin);
    return true;
  });
}

bool grow(Machine& m, Pool& pool, std::size_t need) {
  if (adopt(m, pool, need)) return true;
  const std::size_t exact = round_up(need, kPage);
  std::size_t bytes = std::max(exact, std::clamp(pool.reserved, kLeast, kMost));
  void* at = nullptr;
  if (m.api->allocate(&at, bytes) != 0 && m.api->allocate(&at, bytes = exact) != 0) {
    drop_unused(m);
    if (m.api->allocate(&at, bytes) != 0) return false;
  }
  auto* const begin = static_cast<std::byte*>(at);
  m.segments[begin] = {bytes, &pool};
  pool.chunks.add(begin, bytes);
  pool.reserved += bytes;
  return true;
}

std::string no_room(const Machine& m, std::size_t bytes) {
  Properties now;
  const std::string what = str("memory: no room for ", bytes, " bytes on device cuda: ", m.info.name);
  if (m.api->properties(&now) != 0) return what;
  return str(what, " has ", now.free_bytes / kMiB, " of ", now.total_bytes / kMiB, " MiB free");
}

}  // namespace

void* allocate(std::size_t bytes) {
  Lane& mine = lane();
  Machine& m = machine();
  if (bytes >= kAnyRoom) throw Error(no_room(m, bytes));
  const std::size_t need = std::max(round_up(bytes, kAlign), kAlign);
  std::lock_guard lock(m.mutex);
  if (!mine.capturing && !mine.returned.empty()) collect_returned(m, mine);
  Pool& pool = *mine.pool;
  std::byte* chunk = pool.chunks.take(need);
  if (!chunk && grow(m, pool, need)) chunk = pool.chunks.take(need);
  if (!chunk) throw Error(no_room(m, bytes));
  return chunk;
}

void release(void* data) noexcept {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  give_back(m, lane_if_any(), static_cast<std::byte*>(data));
}

void give_back(Machine& m, Lane* by, std::byte* chunk) {
  Pool& pool = *segment_of(m, chunk)->second.pool;
  if (by && by->capturing && by->pool != &pool) {
    by->pool->kept.push_back(chunk);
    return;
  }
  if (by && by != pool.lane) {
    void* event = nullptr;
    if (m.api->create_event(&event) == 0 && m.api->record(event, by->stream.handle) == 0) {
      pool.lane->returned.push_back({chunk, event});
      return;
    }
    m.api->synchronize(by->stream.handle);
  }
  pool.chunks.give_back(chunk);
}

void hand_over(Machine& m, Pool& from, Pool& to) {
  for (auto& [begin, segment] : m.segments) {
    if (segment.pool != &from) continue;
    from.chunks.hand_over(begin, to.chunks);
    segment.pool = &to;
    from.reserved -= segment.bytes, to.reserved += segment.bytes;
  }
}

}  // namespace mueca::gpu
