// Exponential moving average of the weights (Polyak averaging), moving statistics included.
#pragma once
#include <cstdint>

#include "core/kernel_args.h"
#include "nn/parameter.h"

namespace mueca {

class WeightAverage {
 public:
  // Starts at the present values. `decay` in [0, 1), e.g. 0.999.
  WeightAverage(ParameterSet& parameters, float decay);

  // average += (1 - d) (values - average) with d = min(decay, (1 + t) / (10 + t)), so that the first steps count. On
  // the host: counts t and writes 1 - d into `numbers`; on the device, a kernel alone: reads it from that StepNumbers
  // there.
  void advance(StepNumbers& numbers);
  void update(const Tensor& numbers);

  // Exchanges values and average: swap, evaluate, swap back.
  void swap();

  const Tensor& average() const { return average_; }  // [n] like parameters.flat(); goes into the checkpoint
  std::int64_t updates() const { return updates_; }
  void set_updates(std::int64_t updates) { updates_ = updates; }

 private:
  ParameterSet& parameters_;
  float decay_;
  Tensor average_;
  std::int64_t updates_ = 0;
};

// Swaps in the average for the lifetime of this object; `average` may be nullptr.
class AveragedWeights {
 public:
  explicit AveragedWeights(WeightAverage* average) : average_(average) {
    if (average_) average_->swap();
  }
  ~AveragedWeights() {
    if (average_) average_->swap();
  }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  WeightAverage* average_;
};

}  // namespace mueca
