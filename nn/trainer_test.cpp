#include "nn/trainer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>

#include "core/files/sha256.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "core/random.h"
#include "nn/features.h"
#include "nn/metrics.h"
#include "nn/registry.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;
using Status = TrainOutcome::Status;

ModelConfig small_model() {
  return {.name = "se_cnn", .variant = "gap", .classes = 3, .size = 16, .width = 0.25f, .dropout = 0.3f, .seed = 1};
}

TrainerConfig small_config() {
  TrainerConfig config;
  config.epochs = 4, config.seed = 9, config.ema = 0.9f, config.clip = 1, config.checkpoint_steps = 2;
  config.schedule.lr = 2e-3f, config.schedule.warmup = 1;
  return config;
}

// Bright squares in one of three places, on noise: batch b of epoch e is a pure function of both.
Batch squares(std::uint32_t epoch, Index batch, Index n = 12) {
  Random random({4, RandomStream::test}, epoch * 100 + static_cast<std::uint32_t>(batch));
  Batch made{Tensor({n, 16, 16, 1}), Tensor::full({n, 3}, 0.0f)};
  for (float& pixel : made.x.span()) pixel = random.normal() * 0.5f;
  for (Index i = 0; i < n; ++i) {
    const auto label = static_cast<Index>(random.below(3));
    made.targets.span()[static_cast<std::size_t>(i * 3 + label)] = 1;
    for (Index y = 5; y < 11; ++y)
      for (Index x = 0; x < 5; ++x) made.x.span()[static_cast<std::size_t>((i * 16 + y) * 16 + label * 5 + x)] += 2;
  }
  return made;
}

const BatchSource kSource = host_batches(5, [](std::uint32_t epoch, Index batch) { return squares(epoch, batch); });

const Validation kValidation{"held out", [](Model& model) {
                               const NoGrad no_grad;
                               const Batch batch = squares(99, 0, 30);
                               const Tensor logits = model.forward(batch.x, {});
                               const auto predicted = argmax_rows(logits), wanted = argmax_rows(batch.targets);
                               double correct = 0;
                               for (std::size_t i = 0; i < wanted.size(); ++i) correct += predicted[i] == wanted[i];
                               return ValidationFigures{softmax_cross_entropy(logits, batch.targets).item(),
                                                        correct / static_cast<double>(wanted.size()), 0};
                             }};

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::path(testing::TempDir()) / str("mueca_trainer_", info->name(), "_", ::getpid());
    fs::create_directories(root_);
    set_thread_count(1);  // for maps this small threads only wait for each other
  }
  void TearDown() override {
    fs::remove_all(root_);
    set_thread_count(threads_);
  }
  // One run into root_/folder from `checkpoint` if it is there; stops after `steps` steps when that is not 0.
  TrainOutcome train(const TrainerConfig& config, const std::string& folder, const fs::path& checkpoint = {},
                     int steps = 0) const {
    const auto model = make_model(small_model());
    Trainer trainer(*model, config, root_ / folder, {"left", "middle", "right"});
    if (!checkpoint.empty()) trainer.resume(checkpoint);
    std::atomic<bool> interrupt = false;
    const Observer observer{[&](const StepReport&) { interrupt = steps > 0 && --steps == 0; }, {}};
    return trainer.run(kSource, kValidation, observer, &interrupt);
  }
  std::string hash(const std::string& file) const { return sha256_file(root_ / file); }

  const int threads_ = thread_count();
  fs::path root_;
};

TEST_F(TrainerTest, LearnsAndReports) {
  TrainerConfig config = small_config();
  config.epochs = 8;
  const auto model = make_model(small_model());
  Trainer trainer(*model, config, root_ / "a");
  std::vector<StepReport> steps;
  std::vector<EpochReport> epochs;
  const auto outcome = trainer.run(
      kSource, kValidation,
      {[&](const StepReport& r) { steps.push_back(r); }, [&](const EpochReport& r) { epochs.push_back(r); }});
  EXPECT_EQ(outcome.status, Status::completed);
  ASSERT_EQ(steps.size(), 40u);
  ASSERT_EQ(epochs.size(), 8u);
  EXPECT_EQ(steps[7].epoch, 1);
  EXPECT_EQ(steps[7].batch, 2);
  EXPECT_EQ(steps[7].step, 7);
  EXPECT_LT(steps[0].lr, steps[4].lr);  // warm-up
  EXPECT_GT(steps[0].gradient_norm, 0);
  EXPECT_LT(epochs.back().loss, 0.7 * epochs[0].loss);
  double mean = 0;
  for (int i = 35; i < 40; ++i) mean += steps[static_cast<std::size_t>(i)].loss / 5;
  EXPECT_NEAR(epochs.back().loss, mean, 1e-9);
  EXPECT_GT(outcome.progress.best, 0.8);

  // best.h5 alone gives the model that was measured, with the averaged weights.
  const auto best = load_model(root_ / "a" / "best.h5");
  EXPECT_EQ(kValidation.evaluate(*best).accuracy, outcome.progress.best);
  EXPECT_EQ(read_checkpoint_notes(root_ / "a" / "best.h5").progress.best_epoch, outcome.progress.best_epoch);
}

TEST_F(TrainerTest, ResumedTrainingEndsWithTheSameBytes) {
  const auto whole = train(small_config(), "whole");
  EXPECT_EQ(whole.status, Status::completed);
  for (const int stop : {10, 7, 1, 19}) {  // after two epochs, within one, at once, in the last
    const std::string folder = str("stopped_", stop);
    const auto first = train(small_config(), folder, {}, stop);
    EXPECT_EQ(first.status, Status::interrupted);
    EXPECT_EQ(first.progress.step, stop);
    EXPECT_NE(hash(folder + "/last.h5"), hash("whole/last.h5"));
    EXPECT_EQ(train(small_config(), folder, root_ / folder / "last.h5").status, Status::completed);
    EXPECT_EQ(hash(folder + "/last.h5"), hash("whole/last.h5")) << "stopped after step " << stop;
    EXPECT_EQ(hash(folder + "/best.h5"), hash("whole/best.h5")) << "stopped after step " << stop;
  }
}

TEST_F(TrainerTest, ACalibratedCheckpointResumesToTheSameBytes) {
  ASSERT_EQ(train(small_config(), "plain", {}, 7).status, Status::interrupted);
  fs::create_directories(root_ / "calibrated");
  save_calibration(root_ / "plain" / "last.h5", root_ / "calibrated" / "last.h5",
                   {.temperature = 2, .threshold = 0.5f, .split = "held out"});
  EXPECT_NE(hash("calibrated/last.h5"), hash("plain/last.h5"));
  for (const char* folder : {"plain", "calibrated"}) train(small_config(), folder, root_ / folder / "last.h5");
  EXPECT_EQ(hash("calibrated/last.h5"), hash("plain/last.h5"));
}

TEST_F(TrainerTest, TwoRunsAreEqualAndEveryOptimizerResumes) {
  for (const char* kind : {"sgd", "adam"}) {
    TrainerConfig config = small_config();
    config.optimizer.kind = kind, config.schedule.kind = "plateau", config.schedule.patience = 0, config.ema = 0;
    train(config, str(kind, 1));
    train(config, str(kind, 2), {}, 8);
    train(config, str(kind, 2), root_ / str(kind, 2) / "last.h5");
    EXPECT_EQ(hash(str(kind, "1/last.h5")), hash(str(kind, "2/last.h5")));
  }
}

// The squares come in over three frames.
Batch growing_squares(std::uint32_t epoch, Index batch) {
  const Batch last = squares(epoch, batch, 6);
  Batch made{Tensor({6, 3, 16, 16, 1}), last.targets};
  for (Index n = 0; n < 6; ++n)
    for (Index t = 0; t < 3; ++t)
      for (Index i = 0; i < 256; ++i)
        made.x.data()[(n * 3 + t) * 256 + i] = last.x.data()[n * 256 + i] * static_cast<float>(t + 1) / 3;
  return made;
}

TEST_F(TrainerTest, ASequenceModelResumesToTheSameBytes) {
  const auto train_clips = [&](const std::string& folder, int steps) {
    const auto model =
        make_model({.name = "cnn_gru", .classes = 3, .size = 16, .width = 0.25f, .frames = 3, .hidden = 8, .seed = 1});
    Trainer trainer(*model, small_config(), root_ / folder);
    if (steps < 0) trainer.resume(root_ / folder / "last.h5");
    std::atomic<bool> interrupt = false;
    const Observer observer{[&](const StepReport&) { interrupt = steps > 0 && --steps == 0; }, {}};
    return trainer.run(host_batches(5, growing_squares), {}, observer, &interrupt);
  };
  EXPECT_EQ(train_clips("whole", 0).status, Status::completed);
  EXPECT_EQ(train_clips("parts", 7).status, Status::interrupted);
  EXPECT_EQ(train_clips("parts", -1).status, Status::completed);
  EXPECT_EQ(hash("parts/last.h5"), hash("whole/last.h5"));
}

TrainerConfig busy_config() {
  TrainerConfig config = small_config();
  config.checkpoint_steps = 1;  // as much writing as possible, so that kills fall into it
  return config;
}

// Not a test by itself: what the next one starts and kills.
TEST_F(TrainerTest, DISABLED_ChildOfKilledAtAnyMoment) {
  const char* folder = std::getenv("MUECA_TRAINER_TEST_FOLDER");
  if (!folder) GTEST_SKIP() << "skipped: only KilledAtAnyMoment runs this";
  const fs::path killed = fs::path(folder) / "killed", last = killed / "last.h5";
  train(busy_config(), killed, fs::exists(last) ? last : fs::path());
}

// The child trains; the parent kills it at several moments and must find a whole checkpoint or none yet.
TEST_F(TrainerTest, KilledAtAnyMoment) {
  train(busy_config(), "whole");
  const fs::path last = root_ / "killed" / "last.h5";
  int whole_ones = 0;
  double delay = 0.01;
  for (bool finished = false; !finished; delay *= 1.2) {  // until a child lives long enough to get to the end
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::setenv("MUECA_TRAINER_TEST_FOLDER", root_.c_str(), 1);  // a new program: threads do not survive a fork
      ::execl("/proc/self/exe", "nn_tests", "--gtest_also_run_disabled_tests", "--gtest_brief=1",
              "--gtest_filter=TrainerTest.DISABLED_ChildOfKilledAtAnyMoment", nullptr);
      ::_exit(127);
    }
    ::usleep(static_cast<useconds_t>(delay * 1e6));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    finished = WIFEXITED(status);
    EXPECT_TRUE(!finished || WEXITSTATUS(status) == 0);
    if (!fs::exists(last)) continue;
    EXPECT_NO_THROW(load_model(last)) << "killed after " << delay << " s";
    ++whole_ones;
  }
  EXPECT_GT(whole_ones, 0);
  train(busy_config(), "killed", fs::exists(last) ? last : fs::path());
  EXPECT_EQ(hash("killed/last.h5"), hash("whole/last.h5"));
  EXPECT_EQ(hash("killed/best.h5"), hash("whole/best.h5"));
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "killed"), fs::directory_iterator()), 2) << "leftovers";
}

TEST_F(TrainerTest, StopsEarly) {
  TrainerConfig config = small_config();
  config.patience = 2, config.epochs = 50;
  const auto model = make_model(small_model());
  Trainer trainer(*model, config);
  int calls = 0;
  const Validation flat{"none", [&](Model&) { return ValidationFigures{0, ++calls == 1 ? 0.5 : 0.4, 0}; }};
  const auto outcome = trainer.run({1, kSource.draw, kSource.load}, flat);
  EXPECT_EQ(outcome.status, Status::stopped_early);
  EXPECT_EQ(outcome.progress.epoch, 3);
  EXPECT_EQ(outcome.progress.best_epoch, 0);
}

BatchSource poisoned_source() {
  return host_batches(5, [](std::uint32_t epoch, Index batch) {
    Batch made = squares(epoch, batch);
    if (epoch == 1 && batch == 1) made.targets.span()[0] = std::nanf("");
    return made;
  });
}
constexpr const char* kPoisoned =
    "training: the loss is nan at epoch 2, batch 2 of 5; a lower learning rate or gradient clipping may help";

TEST_F(TrainerTest, LossThatIsNotANumberStopsTheRun) {
  const auto model = make_model(small_model());
  Trainer trainer(*model, small_config(), root_ / "nan");
  try {
    trainer.run(poisoned_source(), kValidation);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), kPoisoned);
  }
  EXPECT_EQ(read_checkpoint_notes(root_ / "nan" / "last.h5").progress.step, 6);  // the last good one: written every 2
}

// As on a GPU: a step's figures are read after the next one was started.
TEST_F(TrainerTest, LookingAheadGivesTheSameBytes) {
  train(small_config(), "plain");
  const auto model = make_model(small_model());
  Trainer trainer(*model, small_config(), root_ / "ahead", {"left", "middle", "right"});
  trainer.look_ahead(1);
  std::vector<std::int64_t> steps;
  trainer.run(kSource, kValidation, {[&](const StepReport& r) { steps.push_back(r.step); }, {}});
  for (const char* file : {"/last.h5", "/best.h5"}) EXPECT_EQ(hash(str("ahead", file)), hash(str("plain", file)));
  ASSERT_EQ(steps.size(), 20u);
  EXPECT_TRUE(std::ranges::is_sorted(steps));
}

TEST_F(TrainerTest, LookingAheadSavesNoPoisonedStep) {
  // Step 6, the second of epoch 2, is bad, and from then on the weights.
  struct Situation {
    int checkpoint_steps, saved;
    bool interrupted;
  };
  for (const Situation& at : {Situation{2, 6, false},      // a checkpoint in front of it
                              Situation{7, 5, false},      // one that is due behind it
                              Situation{100, 5, true}}) {  // an interrupt, when it was started and is not yet known
    const std::string folder = str("every", at.checkpoint_steps);
    TrainerConfig config = small_config();
    config.checkpoint_steps = at.checkpoint_steps;
    const auto model = make_model(small_model());
    Trainer trainer(*model, config, root_ / folder);
    trainer.look_ahead(1);
    std::atomic<bool> interrupt = false;
    const Observer observer{[&](const StepReport& r) { interrupt = at.interrupted && r.step == 5; }, {}};
    try {
      trainer.run(poisoned_source(), kValidation, observer, &interrupt);
      ADD_FAILURE() << folder << ": no error";
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()), kPoisoned) << folder;
    }
    EXPECT_EQ(read_checkpoint_notes(root_ / folder / "last.h5").progress.step, at.saved) << folder;
    const auto saved = load_model(root_ / folder / "last.h5");
    EXPECT_TRUE(std::ranges::all_of(saved->parameters.flat().span(), [](float v) { return std::isfinite(v); }))
        << folder;
  }
}

TEST_F(TrainerTest, AnotherConfigurationIsRefused) {
  train(small_config(), "a", {}, 3);
  TrainerConfig config = small_config();
  config.optimizer.weight_decay = 0.5f;
  try {
    train(config, "a", root_ / "a" / "last.h5");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), (root_ / "a" / "last.h5").string() +
                                             ": was trained with optimizer.weight_decay = 0, now 0.5; a run goes on as "
                                             "it began");
  }
  config = small_config();
  config.epochs = 5;  // longer is fine
  EXPECT_EQ(train(config, "a", root_ / "a" / "last.h5").progress.epoch, 5);
  config.loss = "mse";
  EXPECT_THROW(train(config, "b"), Error);
}

TEST(Features, ArePooledOutputsOfALayer) {
  const auto model = make_model({.name = "mobilenet_v2", .size = 64, .width = 0.35f});
  const Tensor x = Tensor::full({2, 64, 64, 1}, 0.5f);
  const Tensor features = pooled_features(*model, x, "out_relu");
  EXPECT_EQ(features.shape(), (Shape{2, 1280}));
  const Tensor early = pooled_features(*model, x, "Conv1_relu");
  EXPECT_EQ(early.shape(), (Shape{2, 16}));
  Tensor map;
  Context context;
  context.tap = [&](std::string_view name, const Tensor& y) {
    if (name == "Conv1_relu") map = y.detached();
  };
  const NoGrad no_grad;
  model->forward(x, context);
  double sum = 0;  // channel 3 of image 1
  for (Index i = 0; i < 32 * 32; ++i) sum += map.span()[static_cast<std::size_t>((32 * 32 + i) * 16 + 3)];
  EXPECT_NEAR(early.span()[16 + 3], sum / (32 * 32), 1e-5);
  try {
    pooled_features(*model, x, "fc7");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("features: mobilenet_v2 has no layer \"fc7\"; known: Conv1_relu", 0), 0u)
        << error.what();
  }
}

}  // namespace
}  // namespace mueca
