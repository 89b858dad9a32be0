// mueca export, end to end: what each layout writes and says, and wrong command lines.
#include <gtest/gtest.h>

#include "apps/tool_test.h"
#include "core/files/atomic_file.h"
#include "nn/checkpoint.h"
#include "nn/keras.h"
#include "nn/onnx.h"
#include "nn/registry.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

class ExportCommand : public testing::Test {
 protected:
  void SetUp() override {
    const auto model = make_model({.name = "se_cnn", .variant = "gap", .classes = 2, .size = 16, .width = 0.25f});
    model->calibration = {1.75f, 0.5f, "public_test"};
    CheckpointNotes notes;
    notes.class_names = {"dark", "bright"};
    save_checkpoint(folder_ / "c.h5", *model, nullptr, nullptr, notes);
  }
  ToolOutput export_to(const std::string& name, std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"export", "--checkpoint", folder_ / "c.h5", "--out", folder_ / name};
    all.insert(all.end(), more.begin(), more.end());
    return run_mueca(all);
  }
  TestFolder folder_;
};

TEST_F(ExportCommand, WritesOnnxAndSaysHowToUseIt) {
  const ToolOutput plain = export_to("a.onnx"), asked = export_to("b.onnx", {"--onnx"});
  ASSERT_EQ(plain.code, 0) << plain.err;
  for (const char* part :
       {"image [N, 1, 16, 16]", "pixel * 0.015625 - 1.9921875", "logits [N, 2]: dark bright", "1.75"})
    EXPECT_NE(plain.out.find(part), std::string::npos) << part << "\n" << plain.out;
  const std::string bytes = read_file(folder_ / "a.onnx", 1 << 24);
  EXPECT_EQ(asked.code, 0) << asked.err;
  EXPECT_EQ(read_file(folder_ / "b.onnx", 1 << 24), bytes);
  EXPECT_EQ(bytes, onnx_model(*load_model(folder_ / "c.h5"), {false, {"dark", "bright"}}));
  EXPECT_NE(bytes.find("dark\nbright"), std::string::npos);
  const ToolOutput softmax = export_to("p.onnx", {"--probabilities"});
  EXPECT_EQ(softmax.code, 0) << softmax.err;
  EXPECT_NE(softmax.out.find("probabilities [N, 2]"), std::string::npos) << softmax.out;
}

TEST_F(ExportCommand, KerasFilesSayWhatTheyLeaveOut) {
  for (const char* name : {"k.h5", "k.weights.h5"}) {
    const ToolOutput done = export_to(name);
    ASSERT_EQ(done.code, 0) << done.err;
    for (const char* part : {"not in it", "temperature", "1.75", "crop", "class names"})
      EXPECT_NE(done.out.find(part), std::string::npos) << part << "\n" << done.out;
  }
}

// Every model of the registry in every layout: what Keras would read is what the checkpoint holds.
TEST_F(ExportCommand, KerasWeightsOfEveryModelComeBack) {
  for (const std::string& name : model_names()) {
    const ModelConfig config{.name = name, .size = 32, .width = 0.25f};
    const auto model = make_model(config);
    for (const KerasLayout layout : {KerasLayout::legacy, KerasLayout::keras3}) {
      save_keras_weights(*model, folder_ / "k.h5", layout);
      ModelConfig other = config;
      other.seed = 2;
      const auto back = make_model(other);
      ASSERT_NE(back->parameters.flat().to_vector(), model->parameters.flat().to_vector());
      load_keras_weights(*back, folder_ / "k.h5", {.allow_other_head = false, .strict = true});
      EXPECT_EQ(back->parameters.flat().to_vector(), model->parameters.flat().to_vector()) << name;
    }
  }
}

TEST_F(ExportCommand, WrongLinesNameTheFlagAndWriteNothing) {
  const auto expect = [&](const std::string& name, std::vector<std::string> more, const std::string& part) {
    const ToolOutput done = export_to(name, std::move(more));
    EXPECT_EQ(done.code, 2) << name;
    EXPECT_NE(done.err.find(part), std::string::npos) << done.err;
    EXPECT_FALSE(fs::exists(folder_ / name));
  };
  expect("x.h5", {"--onnx"}, "*.onnx");
  expect("x.onnx", {"--layout", "legacy"}, "--layout onnx");
  expect("x.h5", {"--layout", "keras3"}, "*.weights.h5");
  expect("x.weights.h5", {"--layout", "legacy"}, "--layout keras3");
  expect("x.weights.h5", {"--layout", "checkpoint"}, "--layout keras3");
  expect("x.onnx", {"--onnx", "--layout", "onnx"}, "excludes");
  expect("x.h5", {"--probabilities"}, "only ONNX");
}

}  // namespace
}  // namespace mueca
