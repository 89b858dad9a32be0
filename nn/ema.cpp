#include "nn/ema.h"

#include <algorithm>

#include "core/kernels.h"
#include "core/records.h"

namespace mueca {

WeightAverage::WeightAverage(ParameterSet& parameters, float decay)
    : parameters_(parameters), decay_(decay), average_(parameters.flat().clone()) {
  check(decay >= 0 && decay < 1, "weight average: decay must be in [0, 1), got ", decay);
}

void WeightAverage::advance(StepNumbers& numbers) {
  const auto t = static_cast<float>(++updates_);
  numbers.average = 1 - std::min(decay_, (1 + t) / (10 + t));
}

void WeightAverage::update(const Tensor& numbers) {
  const In<1> share{&records_of<StepNumbers>(numbers).data->average, {1}};
  kernels(parameters_.device())
      .lerp(stream_of(parameters_.device()), parameters_.flat().view<float, 1>(), share, 1, average_.view<float, 1>());
}

void WeightAverage::swap() {
  const Tensor values = parameters_.flat().clone();
  parameters_.flat().copy_from(average_);
  average_.copy_from(values);
}

}  // namespace mueca
