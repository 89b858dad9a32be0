// Another library that can do a job, and what it needs to try: the job's tensors as it stores them, room, a clock.
#pragma once
#include <functional>
#include <map>
#include <vector>

#include "bench/cuda/gpu.h"
#include "bench/cuda/job.h"

namespace mueca::bench {

struct Peer {
  std::string name;  // "cuDNN graph NHWC", "cuDNN heuristic NHWC": a column of the report
  Format format;     // how it stores the job's tensors
  Math math = Math::float32;
  std::function<void(void* const*)> run;  // one call on these tensors, in the job's order
  std::string engine;                     // what was chosen, in the peer's own terms
  std::size_t workspace = 0;              // bytes
  bool first_choice = false;              // what a user gets who asks for no search
  std::vector<std::size_t> not_given;     // outputs of the job that this peer does not make
};

// The job's tensors on the device in one format, several times: sets[set][tensor].
class DeviceTensors {
 public:
  DeviceTensors(Gpu& gpu, const HostTensors& host, const Format& format, int sets);
  void* const* set(int i) const { return sets_[static_cast<std::size_t>(i)].data(); }
  void poison_outputs();  // of set 0; what is changed in place starts anew
  // Outputs of set 0 in our layout; inputs come back empty.
  std::vector<std::vector<float>> outputs() const;

 private:
  Gpu& gpu_;
  const HostTensors& host_;
  Format format_;
  std::vector<Memory> memory_;
  std::vector<std::vector<void*>> sets_;
};

// How many sets of `bytes` it takes to leave the cache behind: at least 3, and more than twice its size.
int sets_for(std::size_t bytes, std::size_t cache_bytes);

struct PeerContext {
  Gpu& gpu;
  const HostTensors& host;
  Protocol protocol;
  void* cudnn = nullptr;       // CudnnSession* of cudnn_session.h, null without cuDNN
  std::size_t most_plans = 0;  // of the graph API that are tried; 0: all
  std::map<int, std::shared_ptr<DeviceTensors>> cache;
  std::vector<std::string> left_out;  // ways of a peer that are not there for this job, and why

  DeviceTensors& tensors(const Format& format);
  // Index of the tensor with this name; throws Error.
  std::size_t at(const std::string& name) const;
};

}  // namespace mueca::bench
