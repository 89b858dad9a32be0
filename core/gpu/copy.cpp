// Copies to, from and on the GPU, in the order of the calling thread's stream.
#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/gpu/machine.h"

namespace mueca::gpu {
namespace {

// What a recording would keep of such a copy is the host's address, not what lies there at each run.
Lane& lane_that_runs(const char* what) {
  Lane& mine = lane();
  check(!mine.capturing, "recorded work: cannot ", what, " while it is recorded");
  return mine;
}

Pinned new_pinned(const Machine& m, std::size_t bytes) {
  Pinned pinned;
  void* at = nullptr;
  m.check_answer(m.api->create_event(&pinned.event), "make an event");
  m.check_answer(m.api->allocate_pinned(&at, bytes), "pin host memory");
  pinned.at = static_cast<std::byte*>(at), pinned.bytes = bytes;
  return pinned;
}

// The next piece of pinned memory, free to be written to.
const Pinned& next_slot(const Machine& m, Staging& staging) {
  Pinned& slot = staging.slots[staging.next];
  if (slot.at)
    wait(m, slot);
  else
    slot = new_pinned(m, Staging::kSlotBytes);
  staging.next = (staging.next + 1) % Staging::kSlots;
  return slot;
}

}  // namespace

void upload(void* to, const void* from, std::size_t bytes) {
  Lane& mine = lane_that_runs("copy from the host");
  const Machine& m = machine();
  for (std::size_t done = 0; done < bytes; done += Staging::kSlotBytes) {
    const std::size_t piece = std::min(bytes - done, Staging::kSlotBytes);
    const Pinned& slot = next_slot(m, mine.staging);
    std::memcpy(slot.at, static_cast<const std::byte*>(from) + done, piece);
    m.check_answer(m.api->copy(static_cast<std::byte*>(to) + done, slot.at, piece, Way::to_device, mine.stream.handle),
                   "copy to the GPU");
    m.check_answer(m.api->record(slot.event, mine.stream.handle), "copy to the GPU");
  }
}

void download(void* to, const void* from, std::size_t bytes) {
  Lane& mine = lane_that_runs("copy to the host");
  const Machine& m = machine();
  if (bytes > 0) m.check_answer(m.api->copy(to, from, bytes, Way::to_host, mine.stream.handle), "copy from the GPU");
  m.check_answer(m.api->synchronize(mine.stream.handle), "copy from the GPU");
}

void copy(void* to, const void* from, std::size_t bytes) {
  const Machine& m = machine();
  if (bytes > 0) m.check_answer(m.api->copy(to, from, bytes, Way::on_device, lane().stream.handle), "copy on the GPU");
}

void set(void* at, int byte, std::size_t bytes) {
  const Machine& m = machine();
  if (bytes > 0) m.check_answer(m.api->set(at, byte, bytes, lane().stream.handle), "fill memory");
}

void synchronize() {
  Lane& mine = lane_that_runs("wait for the GPU");
  machine().check_answer(machine().api->synchronize(mine.stream.handle), "go on after an earlier kernel");
}

Pinned take_pinned(Machine& m, std::size_t bytes) {
  {
    std::lock_guard lock(m.mutex);
    const auto fits = [bytes](const Pinned& p) { return p.bytes >= bytes; };
    if (const auto it = std::ranges::find_if(m.idle_pinned, fits); it != m.idle_pinned.end()) {
      const Pinned found = *it;
      m.idle_pinned.erase(it);
      wait(m, found);
      return found;
    }
  }
  return new_pinned(m, std::max(bytes, std::size_t{4096}));
}

void give_back(Machine& m, const Pinned& pinned) {
  std::lock_guard lock(m.mutex);
  m.idle_pinned.push_back(pinned);
}

void begin_download(const Pinned& to, const void* from, std::size_t bytes) {
  Lane& mine = lane_that_runs("copy to the host");
  const Machine& m = machine();
  if (bytes > 0) m.check_answer(m.api->copy(to.at, from, bytes, Way::to_host, mine.stream.handle), "copy from the GPU");
  m.check_answer(m.api->record(to.event, mine.stream.handle), "copy from the GPU");
}

void wait(const Machine& m, const Pinned& pinned) { m.check_answer(m.api->wait(pinned.event), "wait for a copy"); }

}  // namespace mueca::gpu
