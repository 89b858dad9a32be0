// The engines that can run a graph of operations: asked of cuDNN's heuristics, built, and sorted out.
#pragma once
#include <string>
#include <vector>

#include "bench/cuda/cudnn_backend.h"
#include "bench/cuda/job.h"

#ifdef MUECA_CUDNN
namespace mueca::bench {

struct EngineConfig {
  Descriptor config;
  std::int64_t engine = 0;
  std::string knobs;                                // "tile 17, stages 3": tells configurations of one engine apart
  std::vector<cudnnBackendNumericalNote_t> notes;   // what it does to numbers
  cudnnBackendHeurMode_t mode = CUDNN_HEUR_MODE_A;  // who proposed it
};

// All that heuristics A, B and the fallback propose for the graph, each once, in that order.
std::vector<EngineConfig> propose(const GraphTarget& target, const Descriptor& graph);

// Strict float32 takes no engine with tensor cores, tf32 none that narrows its inputs further, bf16 all. (On float32
// tensors, tensor cores without that note are TF32.)
bool allowed(const EngineConfig& config, Math math);

struct EnginePlan {
  Descriptor plan;
  std::string engine;  // "engine 38, knobs ..."
  std::int64_t workspace = 0;
  bool first_choice = false;  // heuristic A's first that could be built
};

// Those that build within the workspace; `most` 0: all of them.
std::vector<EnginePlan> build_plans(const GraphTarget& target, const std::vector<EngineConfig>& configs, Math math,
                                    std::int64_t most_workspace, std::size_t most);

}  // namespace mueca::bench
#endif
