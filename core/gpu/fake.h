// A GPU for tests, in host memory, that is as lazy as a real one may be: what is put on a stream happens when somebody
// waits for it, and not before. What a recording may not hold breaks it, as CUDA would.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/gpu/api.h"

namespace mueca::gpu {

class FakeGpu {
 public:
  FakeGpu();  // one at a time
  ~FakeGpu();
  FakeGpu(const FakeGpu&) = delete;
  FakeGpu& operator=(const FakeGpu&) = delete;

  Api api() const;

  // What it says of itself, and where it fails.
  int driver = 13000, runtime = 13000, gpus = 1, count_error = 0;
  Properties properties{"Fake GPU", 9, 0, 1, 1000, 0, 0};
  std::size_t capacity = std::size_t{1} << 30;  // bytes of memory
  bool breaks_captures = false;                 // end_capture fails

  // A kernel: on its stream, or into the recording. `stream` is a Stream::handle.
  void enqueue(void* stream, std::function<void()> work);

  int calls(const std::string& function) const;  // so far
  int all_calls() const;                         // but for what a step may do: launch, copy, set, record
  std::size_t used() const { return used_; }     // bytes of its memory

 private:
  using Work = std::function<void()>;
  struct Event {  // of its last record
    int records = 0;
    bool pending = false;
    void* stream = nullptr;
  };
  struct Graph {
    std::vector<Work> work;
  };
  struct FakeStream {
    std::deque<Work> queue;
    bool capturing = false, broken = false;
    Graph recording;
  };
  struct Memory {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };

  int forbidden_while_recording();  // by any stream; an error then
  static void run(FakeStream& stream);

  mutable std::recursive_mutex mutex_;
  std::map<std::string, int> calls_;
  std::map<void*, Memory> memory_;
  std::size_t used_ = 0;
  std::map<void*, std::unique_ptr<FakeStream>> streams_;
  std::map<void*, std::unique_ptr<Event>> events_;
  std::map<void*, std::unique_ptr<Graph>> graphs_;

  friend struct FakeApi;
};

}  // namespace mueca::gpu
