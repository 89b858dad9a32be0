#include "nn/ema.h"

#include <algorithm>

#include "core/kernels.h"

namespace mueca {

WeightAverage::WeightAverage(ParameterSet& parameters, float decay)
    : parameters_(parameters), decay_(decay), average_(parameters.flat().clone()) {
  check(decay >= 0 && decay < 1, "weight average: decay must be in [0, 1), got ", decay);
}

void WeightAverage::update() {
  const auto t = static_cast<float>(++updates_);
  const float decay = std::min(decay_, (1 + t) / (10 + t));
  kernels(parameters_.device())
      .lerp(stream_of(parameters_.device()), parameters_.flat().view<float, 1>(), average_.view<float, 1>(), 1 - decay);
}

void WeightAverage::swap() {
  const Tensor values = parameters_.flat().clone();
  parameters_.flat().copy_from(average_);
  average_.copy_from(values);
}

}  // namespace mueca
