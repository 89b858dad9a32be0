// Flags that all commands with faces share: which network, which detector, how many threads.
#pragma once
#include <string>

#include "apps/compute.h"
#include "apps/faces/pipeline.h"

namespace CLI {
class App;
}

namespace mueca {

struct PipelineFlags {
  DetectorChoice detector;
  std::string checkpoint, model;
  int threads = 0;  // 0: all
  ComputeFlags compute;
  std::string checkpoint_file() const { return checkpoint.empty() ? shipped_checkpoint() : checkpoint; }
};

void add_pipeline_flags(CLI::App& app, PipelineFlags& flags);
void set_threads(int threads);  // OpenMP's and OpenCV's; 0 leaves them

}  // namespace mueca
