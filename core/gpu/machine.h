// The GPU's state in this process: lanes (a stream and its memory, one per thread), segments of device memory, and the
// answer to whether there is a GPU at all.
//
// Memory. Segments are large pieces from the runtime, cut into chunks (core/chunks.h), and never given back before
// memory runs out: a training step after the first neither asks the runtime nor waits for it. Each lane has a pool of
// its own. A buffer is used and freed by the thread that made it, so that who gets its memory next comes later in the
// same stream; a buffer that another thread frees waits in `returned` until what that thread has on its stream is done.
// Who hands a buffer to another thread calls synchronize(Device::cuda) first: streams are not ordered among each other.
//
// Recordings. While RecordedWork runs or records, the lane's buffers come from the recording's pool, which serves
// nobody else as long as the recording lives; what is freed meanwhile of other pools is kept until then, as the
// recording may use it. Then all of it becomes part of the lane's pool.
#pragma once
#include <atomic>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/chunks.h"
#include "core/device.h"
#include "core/gpu.h"
#include "core/gpu/api.h"

namespace mueca::gpu {

struct Lane;

struct Pool {
  Lane* lane = nullptr;
  Chunks chunks;
  std::size_t reserved = 0;      // bytes of its segments
  std::vector<std::byte*> kept;  // of a recording: chunks of other pools, to be given back when it dies
};

// Host memory that the GPU copies to and from on its own.
struct Pinned {
  std::byte* at = nullptr;
  std::size_t bytes = 0;
  void* event = nullptr;  // recorded after the last copy
};

// Taken in turn: an upload is a copy into one of these, and returns.
struct Staging {
  static constexpr std::size_t kSlots = 8, kSlotBytes = std::size_t{512} << 10;
  Pinned slots[kSlots];
  std::size_t next = 0;
};

struct Lane {
  Stream stream{Device::cuda, nullptr};
  Pool general;
  Pool* pool = &general;                // where buffers come from now
  std::atomic<bool> capturing = false;  // the stream records instead of running
  Staging staging;
  struct Returned {
    std::byte* chunk;
    void* event;  // on the stream of the thread that freed it
  };
  std::vector<Returned> returned;
};

struct Machine {
  explicit Machine(const Api* api);

  const unsigned number;  // of the machines of this process
  const Api* const api;   // nullptr: none compiled in
  GpuInfo info;
  const std::string why_not;  // empty: usable

  std::mutex mutex;  // of what follows and of every lane's pools
  struct Segment {
    std::size_t bytes = 0;
    Pool* pool = nullptr;
  };
  std::map<std::byte*, Segment> segments;  // by address
  std::list<Lane> lanes;
  std::vector<Lane*> idle;  // their threads have ended
  std::vector<Pinned> idle_pinned;

  // Throws Error "cuda: <doing>: <text>" unless the runtime's answer is 0.
  void check_answer(int error, const char* doing) const;
};

Machine& machine();   // made, and the GPU asked for, at the first call
Lane& lane();         // of this thread; throws Error that says why_not where there is no GPU
Lane* lane_if_any();  // nullptr: this thread has put nothing on a stream

// For Buffer. allocate() throws Error that says what was asked, what is free and what there is; release() may be called
// by any thread.
void* allocate(std::size_t bytes);
void release(void* data) noexcept;
// With the mutex held. The chunk returns to its pool, once what lane `by` (may be null) has on its stream is done.
void give_back(Machine& m, Lane* by, std::byte* chunk);
void hand_over(Machine& m, Pool& from, Pool& to);  // all segments

// On this thread's stream. upload() is done with `from` when it returns; download() returns when `to` is written.
void upload(void* to, const void* from, std::size_t bytes);
void download(void* to, const void* from, std::size_t bytes);
void copy(void* to, const void* from, std::size_t bytes);  // from device to device
void set(void* at, int byte, std::size_t bytes);
void synchronize();

// For core/readback.h: a download into pinned memory that the host waits for later. A copy into memory that was given
// back may still be under way; who takes it next waits for that.
Pinned take_pinned(Machine& m, std::size_t bytes);
void give_back(Machine& m, const Pinned& pinned);
void begin_download(const Pinned& to, const void* from, std::size_t bytes);
void wait(const Machine& m, const Pinned& pinned);

// For its lifetime, another machine in place of this process's, for tests.
class MachineScope {
 public:
  explicit MachineScope(const Api& api);
  ~MachineScope();
  MachineScope(const MachineScope&) = delete;
  MachineScope& operator=(const MachineScope&) = delete;

 private:
  Machine here_;
  Machine* before_;
};

}  // namespace mueca::gpu
