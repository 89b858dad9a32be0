#include "core/graph.h"

#include <utility>

#include "core/error.h"
#include "core/gpu/machine.h"

namespace mueca {
namespace {

// While alive, the lane's buffers come from `pool`.
class PoolScope {
 public:
  PoolScope(gpu::Lane& lane, gpu::Pool& pool) : lane_(lane), before_(std::exchange(lane.pool, &pool)) {}
  ~PoolScope() { lane_.pool = before_; }
  PoolScope(const PoolScope&) = delete;
  PoolScope& operator=(const PoolScope&) = delete;

 private:
  gpu::Lane& lane_;
  gpu::Pool* before_;
};

// While alive, the lane's stream records. The recording ends with the scope, whatever happens.
class CaptureScope {
 public:
  CaptureScope(const gpu::Machine& machine, gpu::Lane& lane) : machine_(machine), lane_(lane) {
    machine_.check_answer(machine_.api->begin_capture(lane_.stream.handle), "record work");
    lane_.capturing = true;
  }
  ~CaptureScope() {
    void* graph = nullptr;
    if (lane_.capturing && end(&graph) == 0 && graph) machine_.api->destroy_graph(graph);
  }
  CaptureScope(const CaptureScope&) = delete;
  CaptureScope& operator=(const CaptureScope&) = delete;

  // What was recorded, ready to be started.
  void* finish() {
    void *graph = nullptr, *executable = nullptr;
    machine_.check_answer(end(&graph), "record work");
    const int error = machine_.api->instantiate(&executable, graph);
    machine_.api->destroy_graph(graph);
    machine_.check_answer(error, "make recorded work ready to start");
    return executable;
  }

 private:
  int end(void** graph) {
    lane_.capturing = false;
    return machine_.api->end_capture(lane_.stream.handle, graph);
  }
  const gpu::Machine& machine_;
  gpu::Lane& lane_;
};

}  // namespace

struct RecordedWork::Recording {
  gpu::Machine& machine = gpu::machine();
  gpu::Lane& lane = gpu::lane();
  gpu::Pool pool{&lane, {}, 0, {}};
  bool ran = false;
  void* executable = nullptr;

  Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  // Whoever gets this memory next comes later on the same stream.
  ~Recording() {
    if (executable) machine.api->destroy_executable(executable);  // a run under way ends first (cuGraphExecDestroy)
    std::lock_guard lock(machine.mutex);
    gpu::hand_over(machine, pool, lane.general);
    for (std::byte* chunk : pool.kept) gpu::give_back(machine, &lane, chunk);
  }

  void record(const std::function<void()>& work) {
    CaptureScope capture(machine, lane);
    work();
    executable = capture.finish();
  }
};

RecordedWork::RecordedWork(Device device) : device_(device) {}
RecordedWork::~RecordedWork() = default;
RecordedWork::RecordedWork(RecordedWork&&) noexcept = default;
RecordedWork& RecordedWork::operator=(RecordedWork&&) noexcept = default;

void RecordedWork::run(const std::function<void()>& work) {
  if (device_ != Device::cuda) return work();
  if (!recording_) recording_ = std::make_unique<Recording>();
  Recording& r = *recording_;
  check(&r.lane == &gpu::lane(), "recorded work: belongs to the thread that ran it first");
  check(r.lane.pool == &r.lane.general, "recorded work: cannot run within other recorded work");
  if (!r.executable) {
    const PoolScope scope(r.lane, r.pool);
    if (!r.ran) {
      work();
      r.ran = true;
      return;
    }
    try {
      r.record(work);
    } catch (...) {
      recording_.reset();
      throw;
    }
  }
  r.machine.check_answer(r.machine.api->launch(r.executable, r.lane.stream.handle), "start recorded work");
}

void RecordedWork::reset() { recording_.reset(); }

}  // namespace mueca
