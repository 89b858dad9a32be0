// The GPU of the tests, and the tests of it.
#include "core/gpu/fake.h"

#include <gtest/gtest.h>

#include <cstring>

namespace mueca::gpu {
namespace {

FakeGpu* g_gpu = nullptr;
enum Failure { fine, no_memory, insufficient_driver, not_while_recording, recording_broken };

template <class T>
void* keep(std::map<void*, std::unique_ptr<T>>& all, std::unique_ptr<T> one) {
  void* const key = one.get();
  all[key] = std::move(one);
  return key;
}

}  // namespace

// The functions of the table; each locks, counts its call and does it on the one FakeGpu.
struct FakeApi {
  std::lock_guard<std::recursive_mutex> lock;
  FakeGpu& gpu = *g_gpu;

  explicit FakeApi(const char* function) : lock(g_gpu->mutex_) { ++g_gpu->calls_[function]; }
  FakeGpu::FakeStream& stream(void* key) const { return *gpu.streams_.at(key); }

  static int driver_version(int* version) { return *version = FakeApi("driver_version").gpu.driver, fine; }
  static int runtime_version(int* version) { return *version = FakeApi("runtime_version").gpu.runtime, fine; }
  static int count(int* gpus) {
    const FakeApi call("count");
    if (call.gpu.driver < call.gpu.runtime) return insufficient_driver;
    if (call.gpu.count_error) return call.gpu.count_error;
    *gpus = call.gpu.gpus;
    return fine;
  }
  static int properties(Properties* p) {
    const FakeApi call("properties");
    *p = call.gpu.properties;
    p->total_bytes = call.gpu.capacity, p->free_bytes = call.gpu.capacity - call.gpu.used_;
    return fine;
  }
  static const char* text(int error) {
    static constexpr const char* kTexts[] = {"", "no memory", "driver too old", "not while recording",
                                             "broken recording"};
    return kTexts[error];
  }

  static int allocate(void** at, std::size_t bytes) {
    const FakeApi call("allocate");
    FakeGpu& g = call.gpu;
    if (bytes > g.capacity - g.used_) return no_memory;
    auto raw = std::make_unique_for_overwrite<std::byte[]>(bytes + 256);
    std::size_t room = bytes + 256;
    void* aligned = raw.get();
    *at = std::align(256, bytes, aligned, room);
    g.used_ += bytes;
    g.memory_[*at] = {std::move(raw), bytes};
    return fine;
  }
  static int release(void* at) {
    const FakeApi call("free");
    if (const int error = call.gpu.forbidden_while_recording()) return error;
    call.gpu.used_ -= call.gpu.memory_.at(at).size;
    call.gpu.memory_.erase(at);
    return fine;
  }
  static int allocate_pinned(void** at, std::size_t bytes) {
    const FakeApi call("allocate_pinned");
    auto raw = std::make_unique<std::byte[]>(bytes);
    *at = raw.get();
    call.gpu.memory_[*at] = {std::move(raw), 0};
    return fine;
  }

  static int create_stream(void** stream) {
    const FakeApi call("create_stream");
    *stream = keep(call.gpu.streams_, std::make_unique<FakeGpu::FakeStream>());
    return fine;
  }
  static int copy(void* to, const void* from, std::size_t bytes, Way, void* stream) {
    const FakeApi call("copy");
    call.gpu.enqueue(stream, [=] { std::memcpy(to, from, bytes); });
    return fine;
  }
  static int set(void* at, int byte, std::size_t bytes, void* stream) {
    const FakeApi call("set");
    call.gpu.enqueue(stream, [=] { std::memset(at, byte, bytes); });
    return fine;
  }
  static int synchronize(void* stream) {
    const FakeApi call("synchronize");
    if (const int error = call.gpu.forbidden_while_recording()) return error;
    FakeGpu::run(call.stream(stream));
    return fine;
  }

  static int create_event(void** event) {
    const FakeApi call("create_event");
    *event = keep(call.gpu.events_, std::make_unique<FakeGpu::Event>());
    return fine;
  }
  static int record(void* event, void* stream) {
    const FakeApi call("record");
    FakeGpu::Event& e = *call.gpu.events_.at(event);
    e.pending = true, e.stream = stream;
    call.gpu.enqueue(stream, [&e, record = ++e.records] { e.pending &= record != e.records; });
    return fine;
  }
  static int done(void* event, bool* done) {
    const FakeApi call("done");
    if (const int error = call.gpu.forbidden_while_recording()) return error;
    *done = !call.gpu.events_.at(event)->pending;
    return fine;
  }
  static int wait(void* event) {
    const FakeApi call("wait");
    if (const int error = call.gpu.forbidden_while_recording()) return error;
    const FakeGpu::Event& e = *call.gpu.events_.at(event);
    if (e.pending) FakeGpu::run(call.stream(e.stream));
    return fine;
  }
  static int destroy_event(void* event) { return FakeApi("destroy_event").gpu.events_.erase(event), fine; }

  static int begin_capture(void* stream) {
    const FakeApi call("begin_capture");
    FakeGpu::FakeStream& s = call.stream(stream);
    if (s.capturing) return not_while_recording;
    s.capturing = true, s.broken = false;
    return fine;
  }
  static int end_capture(void* stream, void** graph) {
    const FakeApi call("end_capture");
    FakeGpu::FakeStream& s = call.stream(stream);
    s.capturing = false;
    auto recorded = std::make_unique<FakeGpu::Graph>(std::exchange(s.recording, {}));
    *graph = nullptr;
    if (s.broken || call.gpu.breaks_captures) return recording_broken;
    *graph = keep(call.gpu.graphs_, std::move(recorded));
    return fine;
  }
  static int instantiate(void** executable, void* graph) {
    const FakeApi call("instantiate");
    *executable = keep(call.gpu.graphs_, std::make_unique<FakeGpu::Graph>(*call.gpu.graphs_.at(graph)));
    return fine;
  }
  static int destroy_graph(void* graph) { return FakeApi("destroy_graph").gpu.graphs_.erase(graph), fine; }
  static int launch(void* executable, void* stream) {
    const FakeApi call("launch");
    for (const auto& work : call.gpu.graphs_.at(executable)->work) call.gpu.enqueue(stream, work);
    return fine;
  }
  static int destroy_executable(void* executable) {
    return FakeApi("destroy_executable").gpu.graphs_.erase(executable), fine;
  }
};

FakeGpu::FakeGpu() { g_gpu = this; }
FakeGpu::~FakeGpu() { g_gpu = nullptr; }

Api FakeGpu::api() const {
  using F = FakeApi;
  return {F::driver_version,
          F::runtime_version,
          F::count,
          F::properties,
          F::text,
          F::allocate,
          F::release,
          F::allocate_pinned,
          F::create_stream,
          F::copy,
          F::set,
          F::synchronize,
          F::create_event,
          F::record,
          F::done,
          F::wait,
          F::destroy_event,
          F::begin_capture,
          F::end_capture,
          F::instantiate,
          F::destroy_graph,
          F::launch,
          F::destroy_executable};
}

void FakeGpu::enqueue(void* stream, std::function<void()> work) {
  std::lock_guard lock(mutex_);
  FakeStream& s = *streams_.at(stream);
  if (s.capturing)
    s.recording.work.push_back(std::move(work));
  else
    s.queue.push_back(std::move(work));
}

int FakeGpu::calls(const std::string& function) const {
  std::lock_guard lock(mutex_);
  const auto it = calls_.find(function);
  return it == calls_.end() ? 0 : it->second;
}

int FakeGpu::all_calls() const {
  std::lock_guard lock(mutex_);
  int sum = 0;
  for (const auto& [function, times] : calls_)
    if (function != "launch" && function != "copy" && function != "set" && function != "record") sum += times;
  return sum;
}

int FakeGpu::forbidden_while_recording() {
  int error = fine;
  for (auto& [key, stream] : streams_)
    if (stream->capturing) stream->broken = true, error = not_while_recording;
  return error;
}

void FakeGpu::run(FakeStream& stream) {
  while (!stream.queue.empty()) {
    const Work next = std::move(stream.queue.front());
    stream.queue.pop_front();
    next();
  }
}

namespace {

struct Fake : testing::Test {
  FakeGpu gpu;
  Api api = gpu.api();
  void *stream = nullptr, *graph = nullptr;
  Fake() { EXPECT_EQ(api.create_stream(&stream), 0); }
};

TEST_F(Fake, DoesNothingBeforeSomebodyWaits) {
  int from = 1, to = 0;
  api.copy(&to, &from, sizeof to, Way::to_device, stream);
  from = 2;
  EXPECT_EQ(to, 0);
  api.synchronize(stream);
  EXPECT_EQ(to, 2) << "what lies there when the copy happens";
}

TEST_F(Fake, RecordsInsteadOfRunningAndRunsAtEachLaunch) {
  int runs = 0;
  EXPECT_EQ(api.begin_capture(stream), 0);
  gpu.enqueue(stream, [&] { ++runs; });
  EXPECT_EQ(api.end_capture(stream, &graph), 0);
  void* executable = nullptr;
  api.instantiate(&executable, graph);
  api.destroy_graph(graph);
  for (int i = 0; i < 3; ++i) api.launch(executable, stream);
  EXPECT_EQ(runs, 0);
  api.synchronize(stream);
  EXPECT_EQ(runs, 3);
}

TEST_F(Fake, WaitingBreaksARecording) {
  api.begin_capture(stream);
  EXPECT_NE(api.synchronize(stream), 0);
  EXPECT_NE(api.end_capture(stream, &graph), 0);
  EXPECT_EQ(graph, nullptr);
}

}  // namespace
}  // namespace mueca::gpu
