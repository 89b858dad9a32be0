// One training step as one launch.
//
// A step is: make the batch, forward, loss, backward, norm and clipping of the gradient, optimizer, average of the
// weights, figures. On a GPU those are hundreds of short kernels, which a host cannot start as fast as they run; so a
// step is recorded once (core/graph.h) and started again with one call. For that it keeps four rules:
//
//   1  It asks the device nothing. No number comes to the host within a step, and no decision of the host hangs on one.
//   2  It finds everything where it was. Parameters, the optimizer's state and the drawn batch (BatchSource) lie in
//      tensors that stay; what the step allocates on its way belongs to the recording, one for each number of rows.
//   3  What changes from step to step lies in the device's memory: one StepNumbers (core/kernel_args.h) and what the
//      batch is drawn from. The host writes both before it starts the step, in the order of the stream.
//   4  What it reports are four floats in the device's memory. They start for the host behind the step, and the host
//      may start the next step before it waits for them: then the device always has work.
//
// So figures may come late, and with them the news that a loss was not finite. Whoever saves weights drains first:
// asks for the figures of all steps that were started. On the CPU a step is over when start() returns.
//
// Every sum has a fixed order, on every device: the same steps give the same bits, recorded or not, drained or not.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "core/graph.h"
#include "core/readback.h"
#include "nn/ema.h"
#include "nn/model.h"
#include "nn/optimizer.h"

namespace mueca {

struct Batch {
  Tensor x;        // [N, S, S, C] on the model's device
  Tensor targets;  // [N, K], rows sum to 1
};

// The batches of an epoch: a pure function of (epoch, batch), that is what makes a resumed run end with the same bytes.
struct BatchSource {
  Index batches = 0;  // in an epoch
  // On the host: puts what the batch is made of where the device finds it; returns N.
  std::function<Index(std::uint32_t epoch, Index batch)> draw;
  // On the device: the batch that was drawn last. Part of the step, so it keeps the rules above.
  std::function<Batch()> load;
};

// Batches that the host makes whole; they are copied to tensors of the device that stay.
BatchSource host_batches(Index batches, std::function<Batch(std::uint32_t epoch, Index batch)> make,
                         Device device = Device::cpu);

struct StepConfig {
  std::string loss = "cross_entropy";  // or squared_hinge
  float clip = 0;                      // largest gradient norm; 0: any
  std::uint64_t seed = 1;              // of dropout
};

struct StepFigures {
  float loss = 0;            // mean over the batch
  std::int64_t correct = 0;  // rows
  float gradient_norm = 0;   // before clipping
};

class TrainingStep {
 public:
  // All must outlive the step; `average` may be nullptr.
  TrainingStep(Model& model, Optimizer& optimizer, WeightAverage* average, StepConfig config);

  // Counts the step, writes its numbers and starts it on the batch of `rows` rows that source.draw() has drawn.
  void start(const BatchSource& source, Index rows, std::uint32_t step, float lr);
  int unread() const { return static_cast<int>(started_.size()); }  // steps whose figures nobody has asked for
  // Those of the oldest step that nobody has asked for; waits for that step.
  StepFigures figures();

 private:
  void run(const BatchSource& source);

  Model& model_;
  Optimizer& optimizer_;
  WeightAverage* average_;
  StepConfig config_;
  Tensor numbers_;                          // a StepNumbers
  Tensor figures_;                          // [4]: loss, correct rows, gradient norm, clipping factor
  std::map<Index, RecordedWork> recorded_;  // by rows
  std::deque<Readback> started_, idle_;
};

}  // namespace mueca
