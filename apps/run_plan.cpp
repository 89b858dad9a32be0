#include "apps/run_plan.h"

#include <algorithm>
#include <cmath>

#include "apps/compute.h"
#include "apps/faces/predict.h"
#include "apps/progress.h"
#include "apps/svm_run.h"
#include "core/error.h"
#include "core/parallel.h"
#include "nn/fields.h"
#include "nn/keras.h"
#include "nn/registry.h"

namespace mueca {
namespace {

std::string splits_of(const Pack& pack) {
  std::string out;
  for (const auto& name : pack.split_names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// Without a model every row is answered.
std::vector<Index> split_rows(const Model* model, const Pack& pack, const char* key, const std::string& split,
                              const std::string& limit) {
  check(pack.has_split(split), key, ": the pack has no split \"", split, "\"; it has: ", splits_of(pack));
  const auto all = pack.rows_of(split);
  auto rows = limited_rows(model ? answered_rows(*model, pack, all) : all, limit);
  check(!rows.empty(), key, ": split \"", split, "\" has no ", model && model->input.frames > 1 ? "clips" : "images");
  return rows;
}

}  // namespace

std::vector<Index> limited_rows(std::vector<Index> rows, const std::string& limit) {
  if (limit.empty() || rows.empty()) return rows;
  double value = 0;
  parse_field("data.limit", limit, value);
  check(value > 0 && std::isfinite(value), "data.limit: expected a number of rows or a share below 1, got ", limit);
  const auto all = static_cast<double>(rows.size());
  const auto wanted = static_cast<std::size_t>(std::clamp(value < 1 ? std::round(all * value) : value, 1.0, all));
  std::vector<Index> out(wanted);
  for (std::size_t i = 0; i < wanted; ++i) out[i] = rows[i * rows.size() / wanted];
  return out;
}

RunPlan plan_run(const RunConfig& config, const Pack& pack) {
  if (config.run.threads > 0) set_thread_count(config.run.threads);
  RunPlan plan;
  plan.config = config;
  plan.config.model.classes = static_cast<int>(pack.class_names.size());
  std::unique_ptr<Model> model;  // says whether it answers for images or for clips
  if (config.model.name != kSvmModel) model = make_model(plan.config.model);
  const DataChoice& data = config.data;
  plan.train_rows = split_rows(model.get(), pack, "data.train_on", data.train_on, data.limit);
  if (!data.select_on.empty())
    plan.select_rows = split_rows(model.get(), pack, "data.select_on", data.select_on, data.limit);
  if (data.test_on.empty())
    plan.test_note = "no test: data.test_on is empty";
  else if (data.test_on == DataChoice{}.test_on && !pack.has_split(data.test_on))  // the default is only a wish
    plan.test_note = "no test: the pack has no split \"" + data.test_on + "\"";
  else
    plan.test_rows = split_rows(model.get(), pack, "data.test_on", data.test_on, data.limit);
  check_policy(config.augment, {pack.height, pack.width});
  return plan;
}

std::unique_ptr<Model> planned_model(const RunPlan& plan, std::string& note) {
  auto model = make_model(plan.config.model, compute_device());
  if (const auto& path = plan.config.run.init_weights; !path.empty()) {
    const KerasReport report = load_keras_weights(*model, path);
    note = str("initial weights: ", report.matched.size(), " of ", model->parameters.size(), " tensors from ", path,
               ", ", report.missing.size(), " of the head are new");
    if (!report.skipped.empty()) note += str(", ", report.skipped.size(), " of the file unused");
  }
  return model;
}

Loader planned_loader(const RunPlan& plan, const Pack& pack, const Model& model) {
  LoaderConfig config;
  config.seed = plan.config.run.seed;
  config.batch_size = plan.config.train.batch;
  config.sampling = plan.config.data.sampling == "balanced" ? Sampling::balanced : Sampling::natural;
  config.label_smoothing = plan.config.train.label_smoothing;
  config.soft_targets = plan.config.data.soft_targets;
  config.policy = plan.config.augment;
  return Loader(pack, plan.train_rows, format_of(model), config, model.parameters.device());
}

BatchSource batches_of(Loader& loader) {
  return {loader.batches(),
          [&loader](std::uint32_t epoch, Index batch) {
            loader.draw(epoch, batch);
            return loader.batch_size();
          },
          [&loader] {
            const LoadedBatch loaded = loader.load();
            return Batch{loaded.x, loaded.targets};
          }};
}

TrainerConfig trainer_config(const RunConfig& config) {
  TrainerConfig out;
  out.epochs = config.train.epochs;
  out.seed = config.run.seed;
  out.loss = config.train.loss;
  out.ema = config.train.ema;
  out.clip = config.train.clip;
  out.patience = config.train.patience;
  out.checkpoint_steps = config.run.checkpoint_steps;
  out.optimizer = config.optimizer;
  out.schedule = config.schedule;
  return out;
}

std::string describe_plan(const RunPlan& plan, const Pack& pack, bool measure) {
  std::string note;
  const auto model = planned_model(plan, note);
  Loader loader = planned_loader(plan, pack, *model);
  const RunConfig& c = plan.config;
  const int frames = model->input.frames;
  std::string out =
      str("model    ", c.model.name, ", ", grouped(model->parameters.value_count()), " parameters, ",
          grouped(model->parameters.trainable_count()), " trainable, input ", model->input.size, "x", model->input.size,
          "x", model->input.channels, frames > 1 ? str(", clips of ", frames, " frames") : std::string(), "\n",
          "data     ", grouped(pack.size()), " images of ", pack.width, "x", pack.height, ", ", pack.class_names.size(),
          " classes; train on ", grouped(static_cast<Index>(plan.train_rows.size())), ", select on ",
          grouped(static_cast<Index>(plan.select_rows.size())), ", test on ",
          grouped(static_cast<Index>(plan.test_rows.size())), "\n");
  if (!plan.test_note.empty()) out += "         " + plan.test_note + "\n";
  if (!note.empty()) out += "weights  " + note + "\n";
  out += str("steps    ", grouped(c.train.epochs * loader.batches()), " = ", c.train.epochs, " epochs of ",
             grouped(loader.batches()), " batches of ", loader.batch_size(), ", ",
             compute_device() == Device::cpu ? str(thread_count(), " threads")
                                             : str(name_of(compute_device()), " in ", compute_precision()),
             "\n");
  if (!measure) return out;

  TrainerConfig config = trainer_config(c);
  config.epochs = 1;
  Trainer trainer(*model, config);
  const Index steps = std::min<Index>(3, loader.batches());
  double rate = 0;
  Observer observer;
  observer.step = [&](const StepReport& report) { rate = report.images_per_second; };
  BatchSource source = batches_of(loader);
  source.batches = steps;
  trainer.run(source, {}, observer);
  const double seconds =
      rate > 0 ? static_cast<double>(c.train.epochs * loader.batches() * loader.batch_size()) / rate : 0;
  return out + str("time     about ", clock_text(seconds), " of training steps at ", grouped(std::llround(rate)),
                   " img/s (measured over ", steps, " steps), validation aside\n");
}

}  // namespace mueca
