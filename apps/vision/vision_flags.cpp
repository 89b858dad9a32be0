#include "apps/vision/vision_flags.h"

#include <CLI/CLI.hpp>
#include <opencv2/core/utility.hpp>

#include "core/parallel.h"

namespace mueca {

void add_pipeline_flags(CLI::App& app, PipelineFlags& flags) {
  app.add_option("--checkpoint", flags.checkpoint, "Network to ask; default: the one that ships");
  app.add_option("--model", flags.model, "What the checkpoint must hold, e.g. cnn_gru; default: anything");
  app.add_option("--detector", flags.detector.name, "Finds faces: haar, lbp or yunet")
      ->check(CLI::IsMember({"haar", "lbp", "yunet"}))
      ->capture_default_str();
  app.add_option("--detector-model", flags.detector.model, "The detector's ONNX file (yunet)");
  app.add_option("--smallest", flags.detector.smallest, "Smallest face, as a share of the picture's shorter side")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  app.add_option("--threads", flags.threads, "Threads; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  add_compute_flags(app, flags.compute);
}

void set_threads(int threads) {
  if (threads <= 0) return;
  set_thread_count(threads);
  cv::setNumThreads(threads);
}

}  // namespace mueca
