#include "nn/checkpoint.h"

#include <algorithm>
#include <cmath>

#include "core/files/atomic_file.h"
#include "core/files/hdf5.h"
#include "nn/registry.h"

namespace mueca {
namespace {

constexpr std::string_view kFormat = "mueca checkpoint";
constexpr std::int64_t kVersion = 1;

void write_pairs(Hdf5File& file, std::string_view name, const Pairs& pairs) {
  std::vector<std::string> lines;
  for (const auto& [key, text] : pairs) lines.push_back(key + "=" + text);
  file.write_texts("/", name, lines);
}

Pairs read_pairs(const Hdf5File& file, std::string_view name) {
  Pairs pairs;
  for (const auto& line : file.read_texts("/", name)) {
    const auto equals = line.find('=');
    check(equals != std::string::npos, file.path(), ": ", name, ": expected key=value, got \"", line, "\"");
    pairs.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return pairs;
}

template <class Config>
Config read_config(const Hdf5File& file, std::string_view name) {
  try {
    return from_pairs<Config>(read_pairs(file, name));
  } catch (const Error& error) {
    const std::string text = error.what();
    throw Error(text.starts_with(file.path()) ? text : str(file.path(), ": ", name, ": ", text));
  }
}

void write_tensor(Hdf5File& file, const std::string& name, const Tensor& tensor) {
  file.write<float>(name, tensor.shape(), tensor.to_vector());
}

void read_tensor(const Hdf5File& file, const std::string& name, const Tensor& into) {
  std::vector<float> values(static_cast<std::size_t>(into.size()));
  file.read_finite_into(name, into.shape(), values);
  into.copy_from(Tensor::from(into.shape(), values));
}

void write_calibration(Hdf5File& file, const Calibration& calibration) {
  if (calibration.split.empty()) return;
  file.write_real("/", "temperature", calibration.temperature);
  file.write_real("/", "threshold", calibration.threshold);
  file.write_text("/", "calibrated_on", calibration.split);
}

Calibration read_calibration(const Hdf5File& file) {
  Calibration calibration;
  if (!file.has_attribute("/", "calibrated_on")) return calibration;
  calibration.split = file.read_text("/", "calibrated_on");
  calibration.temperature = static_cast<float>(file.read_real("/", "temperature"));
  calibration.threshold = static_cast<float>(file.read_real("/", "threshold"));
  check(calibration.temperature > 0 && std::isfinite(calibration.temperature), file.path(),
        ": temperature must be positive, got ", calibration.temperature);
  check(calibration.threshold >= 0 && calibration.threshold <= 1, file.path(), ": threshold must be in [0, 1], got ",
        calibration.threshold);
  return calibration;
}

Hdf5File open_checkpoint(const std::filesystem::path& path) {
  auto file = Hdf5File::open_read(path);
  check(file.has_attribute("/", "format") && file.read_text("/", "format") == kFormat, file.path(),
        ": is not a checkpoint of mueca");
  const auto version = file.read_integer("/", "version");
  check(version == kVersion, file.path(), ": is a checkpoint of version ", version, "; this build reads ", kVersion);
  return file;
}

CheckpointNotes read_notes(const Hdf5File& file) {
  CheckpointNotes notes;
  notes.model = read_config<ModelConfig>(file, "model");
  notes.input_scale = static_cast<float>(file.read_real("/", "input_scale"));
  notes.input_shift = static_cast<float>(file.read_real("/", "input_shift"));
  if (file.has_attribute("/", "input_crop")) notes.input_crop = static_cast<float>(file.read_real("/", "input_crop"));
  notes.calibration = read_calibration(file);
  notes.training = read_pairs(file, "training");
  notes.class_names = file.read_texts("/", "class_names");
  notes.progress = read_config<Progress>(file, "progress");
  const Progress& p = notes.progress;
  check(std::min({p.epoch, p.batch, p.step, p.correct, p.samples, p.waited}) >= 0, file.path(),
        ": progress: a counter is negative");
  check(std::isfinite(notes.input_scale) && std::isfinite(notes.input_shift), file.path(), ": input: not finite");
  check(notes.input_crop > 0 && notes.input_crop <= 1, file.path(), ": input_crop must be in (0, 1], got ",
        notes.input_crop);
  return notes;
}

void read_parameters(const Hdf5File& file, Model& model) {
  for (const auto& parameter : model.parameters) read_tensor(file, "parameters/" + parameter.name, parameter.value);
}

// All but the trainer's state.
void write_model(Hdf5File& file, const Model& model, const CheckpointNotes& notes) {
  file.write_text("/", "format", kFormat);
  file.write_integer("/", "version", kVersion);
  write_pairs(file, "model", to_pairs(model.config));
  file.write_real("/", "input_scale", model.input.scale);
  file.write_real("/", "input_shift", model.input.shift);
  file.write_real("/", "input_crop", model.input.crop);
  write_calibration(file, model.calibration);
  write_pairs(file, "training", notes.training);
  file.write_texts("/", "class_names", notes.class_names);
  write_pairs(file, "progress", to_pairs(notes.progress));
  for (const auto& parameter : model.parameters) write_tensor(file, "parameters/" + parameter.name, parameter.value);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Model& model, const Optimizer* optimizer,
                     const WeightAverage* average, const CheckpointNotes& notes) {
  AtomicFile target(path);
  auto file = Hdf5File::create(target.temporary());
  write_model(file, model, notes);
  if (optimizer) {
    file.make_group("optimizer");
    file.write_integer("optimizer", "steps", optimizer->steps());
    for (const auto& [name, tensor] : optimizer->state()) write_tensor(file, "optimizer/" + name, tensor);
  }
  if (average) {
    write_tensor(file, "average", average->average());
    file.write_integer("average", "updates", average->updates());
  }
  file.close();
  target.commit();
}

void save_calibration(const std::filesystem::path& from, const std::filesystem::path& to,
                      const Calibration& calibration) {
  const auto model = load_model(from, Device::cpu, false);
  model->calibration = calibration;
  const auto before = open_checkpoint(from);
  AtomicFile target(to);
  auto file = Hdf5File::create(target.temporary());
  write_model(file, *model, read_notes(before));
  const auto copy = [&](const std::string& name) {
    const Shape shape = before.shape_of(name);
    file.write<float>(name, shape, before.read<float>(name, shape));
  };
  if (before.has_group("optimizer")) {
    file.make_group("optimizer");
    file.write_integer("optimizer", "steps", before.read_integer("optimizer", "steps"));
    for (const std::string& name : before.list("optimizer")) copy("optimizer/" + name);
  }
  if (before.has_dataset("average")) {
    copy("average");
    file.write_integer("average", "updates", before.read_integer("average", "updates"));
  }
  file.close();
  target.commit();
}

CheckpointNotes read_checkpoint_notes(const std::filesystem::path& path) { return read_notes(open_checkpoint(path)); }

CheckpointNotes load_checkpoint(const std::filesystem::path& path, Model& model, Optimizer* optimizer,
                                WeightAverage* average) {
  const auto file = open_checkpoint(path);
  auto notes = read_notes(file);
  const Pairs here = to_pairs(model.config), there = to_pairs(notes.model);
  for (std::size_t i = 0; i < here.size(); ++i)
    check(here[i] == there[i], file.path(), ": its model has ", there[i].first, " = ", there[i].second, ", this one ",
          here[i].second);
  read_parameters(file, model);
  if (optimizer) {
    for (const auto& [name, tensor] : optimizer->state()) read_tensor(file, "optimizer/" + name, tensor);
    optimizer->set_steps(file.read_integer("optimizer", "steps"));
  }
  if (average) {
    read_tensor(file, "average", average->average());
    average->set_updates(file.read_integer("average", "updates"));
  }
  return notes;
}

std::unique_ptr<Model> load_model(const std::filesystem::path& path, Device device, bool averaged) {
  const auto file = open_checkpoint(path);
  const auto notes = read_notes(file);
  auto model = make_model(notes.model, device);
  model->input.scale = notes.input_scale, model->input.shift = notes.input_shift;
  model->input.crop = notes.input_crop;
  model->calibration = notes.calibration;
  read_parameters(file, *model);
  if (averaged && file.has_dataset("average")) read_tensor(file, "average", model->parameters.flat());
  return model;
}

}  // namespace mueca
