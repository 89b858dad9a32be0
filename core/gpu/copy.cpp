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

// The next piece of pinned memory, free to be written to.
Staging::Slot& next_slot(const Machine& m, Staging& staging) {
  Staging::Slot& slot = staging.slots[staging.next];
  if (slot.event) {
    m.check_answer(m.api->wait(slot.event), "wait for an upload");
  } else {
    void* pinned = slot.pinned;
    if (!pinned) m.check_answer(m.api->allocate_pinned(&pinned, Staging::kSlotBytes), "pin host memory");
    slot.pinned = static_cast<std::byte*>(pinned);
    m.check_answer(m.api->create_event(&slot.event), "make an event");
  }
  staging.next = (staging.next + 1) % Staging::kSlots;
  return slot;
}

}  // namespace

void upload(void* to, const void* from, std::size_t bytes) {
  Lane& mine = lane_that_runs("copy from the host");
  const Machine& m = machine();
  for (std::size_t done = 0; done < bytes; done += Staging::kSlotBytes) {
    const std::size_t piece = std::min(bytes - done, Staging::kSlotBytes);
    Staging::Slot& slot = next_slot(m, mine.staging);
    std::memcpy(slot.pinned, static_cast<const std::byte*>(from) + done, piece);
    m.check_answer(
        m.api->copy(static_cast<std::byte*>(to) + done, slot.pinned, piece, Way::to_device, mine.stream.handle),
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

}  // namespace mueca::gpu
