#include "nn/checkpoint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/files/atomic_file.h"
#include "core/files/hdf5.h"
#include "core/files/sha256.h"
#include "nn/registry.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

class Checkpoint : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::path(testing::TempDir()) / str("mueca_checkpoint_", info->name(), "_", ::getpid(), ".h5");
    float value = 0;  // every number different and not what a fresh one has
    for (const Tensor& t :
         {model_->parameters.flat(), average_.average(), optimizer_.state()[0].second, optimizer_.state()[1].second})
      for (float& x : t.span()) x = value += 0.5f;
    optimizer_.set_steps(41);
    average_.set_updates(40);
    notes_.training = {{"epochs", "3"}, {"note", "a=b"}};
    notes_.class_names = {"happy", "sad"};
    notes_.progress = {.epoch = 2,
                       .batch = 5,
                       .step = 41,
                       .loss_sum = 0.1,
                       .correct = 7,
                       .samples = 9,
                       .best = 0.625,
                       .best_epoch = 1,
                       .waited = 1,
                       .plateau = {.best = 0.3f, .waited = 2, .scale = 0.1f}};
    save();
  }
  void TearDown() override { fs::remove(path_); }
  void save() { save_checkpoint(path_, *model_, &optimizer_, &average_, notes_); }
  std::string load_error() const {
    try {
      const auto model = load_model(path_);
    } catch (const Error& error) {
      const std::string text = error.what(), prefix = path_.string() + ": ";
      EXPECT_EQ(text.rfind(prefix, 0), 0u) << text;
      return text.substr(std::min(prefix.size(), text.size()));
    }
    return "no error";
  }

  fs::path path_;
  const ModelConfig config_{.name = "se_cnn", .variant = "gap", .classes = 2, .size = 16, .width = 0.25f, .seed = 3};
  std::unique_ptr<Model> model_ = make_model(config_);
  Optimizer optimizer_{{}, model_->parameters};
  WeightAverage average_{model_->parameters, 0.9f};
  CheckpointNotes notes_;
};

TEST_F(Checkpoint, RestoresEverything) {
  const auto model = make_model(config_);
  Optimizer optimizer({}, model->parameters);
  WeightAverage average(model->parameters, 0.9f);
  const CheckpointNotes notes = load_checkpoint(path_, *model, &optimizer, &average);
  for (const auto& parameter : model_->parameters)
    EXPECT_EQ(model->parameters.find(parameter.name)->value.to_vector(), parameter.value.to_vector());
  EXPECT_EQ(average.average().to_vector(), average_.average().to_vector());
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(optimizer.state()[i].second.to_vector(), optimizer_.state()[i].second.to_vector());
  EXPECT_EQ(optimizer.steps(), 41);
  EXPECT_EQ(average.updates(), 40);
  EXPECT_EQ(to_pairs(notes.model), to_pairs(config_));
  EXPECT_EQ(notes.training, notes_.training);
  EXPECT_EQ(notes.class_names, notes_.class_names);
  EXPECT_EQ(to_pairs(notes.progress), to_pairs(notes_.progress));
}

TEST_F(Checkpoint, EqualStateGivesEqualBytes) {
  const std::string first = sha256_file(path_);
  save();
  EXPECT_EQ(sha256_file(path_), first);
  notes_.progress.step++;
  save();
  EXPECT_NE(sha256_file(path_), first);
}

TEST_F(Checkpoint, RebuildsTheModelFromTheFileAlone) {
  const auto averaged = load_model(path_), plain = load_model(path_, Device::cpu, false);
  EXPECT_EQ(averaged->parameters.flat().to_vector(), average_.average().to_vector());
  const char* name = "predictions/kernel";
  EXPECT_EQ(plain->parameters.find(name)->value.to_vector(), model_->parameters.find(name)->value.to_vector());
  EXPECT_EQ(to_pairs(plain->config), to_pairs(config_));
}

TEST_F(Checkpoint, ACalibrationChangesNothingElse) {
  const std::string before = sha256_file(path_);
  save_calibration(path_, path_, {.temperature = 1.5f, .threshold = 0.4f, .split = "held out"});
  const std::string calibrated = sha256_file(path_);
  EXPECT_EQ(read_checkpoint_notes(path_).calibration.temperature, 1.5f);
  model_->calibration = {.temperature = 1.5f, .threshold = 0.4f, .split = "held out"};
  save();  // as if it had been there from the first
  EXPECT_EQ(sha256_file(path_), calibrated);
  save_calibration(path_, path_, {});
  EXPECT_EQ(sha256_file(path_), before);
}

TEST_F(Checkpoint, AnotherModelIsRefused) {
  ModelConfig other = config_;
  other.se = false;
  const auto model = make_model(other);
  try {
    load_checkpoint(path_, *model, nullptr, nullptr);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), path_.string() + ": its model has se = true, this one false");
  }
}

TEST_F(Checkpoint, DamagedFilesAreRefused) {
  const auto rewrite = [&](const char* format, std::int64_t version, const std::vector<std::string>& model) {
    auto file = Hdf5File::create(path_);
    file.write_text("/", "format", format);
    file.write_integer("/", "version", version);
    file.write_texts("/", "model", model);
  };
  rewrite("something else", 1, {});
  EXPECT_EQ(load_error(), "is not a checkpoint of mueca");
  rewrite("mueca checkpoint", 9, {});
  EXPECT_EQ(load_error(), "is a checkpoint of version 9; this build reads 1");
  rewrite("mueca checkpoint", 1, {"name"});
  EXPECT_EQ(load_error(), "model: expected key=value, got \"name\"");
  rewrite("mueca checkpoint", 1, {"lambda=os.system('true')"});
  EXPECT_EQ(load_error().rfind("model: unknown key \"lambda\"; known: name variant", 0), 0u) << load_error();
  rewrite("mueca checkpoint", 1, {"classes=many"});
  EXPECT_EQ(load_error(), "model: classes: expected a whole number in range, got \"many\"");

  model_->parameters.find("predictions/bias")->value.span()[1] = INFINITY;
  save();
  EXPECT_EQ(load_error(), "parameters/predictions/bias: value 1 is inf; weights must be finite");
  const std::string whole = read_file(path_, 100 << 20);
  write_file_atomically(path_, std::string_view(whole).substr(0, whole.size() / 2));
  EXPECT_EQ(load_error().rfind("cannot be opened: HDF5: truncated file", 0), 0u) << load_error();
}

}  // namespace
}  // namespace mueca
