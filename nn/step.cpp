#include "nn/step.h"

#include <memory>
#include <utility>

#include "core/autograd.h"
#include "core/kernels.h"
#include "core/ops.h"
#include "core/records.h"
#include "nn/clip.h"

namespace mueca {

BatchSource host_batches(Index batches, std::function<Batch(std::uint32_t epoch, Index batch)> make, Device device) {
  struct Places {
    std::map<Index, Batch> at;  // by rows
    const Batch* drawn = nullptr;
  };
  const auto places = std::make_shared<Places>();
  return {batches,
          [=, make = std::move(make)](std::uint32_t epoch, Index batch) {
            const Batch made = make(epoch, batch);
            Batch& place = places->at[made.x.extent(0)];
            if (!place.x.defined())
              place = {Tensor(made.x.shape(), DType::f32, device), Tensor(made.targets.shape(), DType::f32, device)};
            place.x.copy_from(made.x), place.targets.copy_from(made.targets);
            places->drawn = &place;
            return made.x.extent(0);
          },
          [=] { return *places->drawn; }};
}

TrainingStep::TrainingStep(Model& model, Optimizer& optimizer, WeightAverage* average, StepConfig config)
    : model_(model), optimizer_(optimizer), average_(average), config_(std::move(config)) {
  check(config_.loss == "cross_entropy" || config_.loss == "squared_hinge",
        "training: loss must be cross_entropy or squared_hinge, got ", config_.loss);
  const Device device = model_.parameters.device();
  numbers_ = record_on(device, StepNumbers{});
  figures_ = Tensor({4}, DType::f32, device);
}

void TrainingStep::start(const BatchSource& source, Index rows, std::uint32_t step, float lr) {
  StepNumbers numbers;
  numbers.step = step;
  optimizer_.advance(lr, numbers);
  if (average_) average_->advance(numbers);
  put_records(numbers_, std::span<const StepNumbers>(&numbers, 1));
  recorded_.try_emplace(rows, figures_.device()).first->second.run([&] { run(source); });
  if (idle_.empty()) idle_.emplace_back(figures_);
  started_.push_back(std::move(idle_.front()));
  idle_.pop_front();
  started_.back().begin();
}

StepFigures TrainingStep::figures() {
  check(!started_.empty(), "training: no step was started");
  const auto f = started_.front().wait();
  const StepFigures figures{f[0], static_cast<std::int64_t>(f[1]), f[2]};
  idle_.push_back(std::move(started_.front()));
  started_.pop_front();
  return figures;
}

// Kernels alone; see the rules in step.h.
void TrainingStep::run(const BatchSource& source) {
  const Batch batch = source.load();
  const Tensor logits = model_.forward(batch.x, {.training = true, .seed = config_.seed, .numbers = numbers_});
  const Tensor loss = config_.loss == "squared_hinge" ? squared_hinge(logits, batch.targets)
                                                      : softmax_cross_entropy(logits, batch.targets);
  const auto part = [this](Index begin, Index count) { return figures_.slice(begin, count, {count}); };
  part(0, 1).copy_from(loss);
  kernels(figures_.device())
      .count_correct(stream_of(figures_.device()), logits.view<float, 2>(), batch.targets.view<float, 2>(),
                     part(1, 1).view<float, 1>());
  backward(loss);
  const Tensor gradient = model_.parameters.gather_gradients();
  clip_global_norm(gradient, config_.clip, part(2, 2));
  optimizer_.update(gradient, numbers_);
  if (average_) average_->update(numbers_);
}

}  // namespace mueca
