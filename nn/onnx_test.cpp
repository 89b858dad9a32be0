// What the writer of ONNX refuses, and that equal models give equal bytes. What it writes is run by OpenCV in
// apps/faces/onnx_test.cpp and by ONNX Runtime in tests/onnx.
#include "nn/onnx.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/ops.h"
#include "core/records.h"
#include "nn/layers.h"
#include "nn/registry.h"

namespace mueca {
namespace {

TEST(Onnx, EqualModelsGiveEqualBytes) {
  const ModelConfig config{.name = "se_cnn", .width = 0.25f};
  EXPECT_EQ(onnx_model(*make_model(config)), onnx_model(*make_model(config)));
}

// A network with an op that ONNX has no word for.
class Losing : public Model {
 public:
  Losing() : Model({.name = "losing", .classes = 2, .size = 8}, Device::cpu) {
    dense_ = Maker{parameters, 1}.dense("only", 64, 2);
  }
  Tensor layers(const Tensor& x, const Context&) override {
    return dropout(dense_(flatten(x)), {0.5f, {}}, record_on(Device::cpu, StepNumbers{}));
  }

 private:
  Dense dense_;
};

TEST(Onnx, WhatCannotBeWrittenLeavesNoFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / str("mueca_onnx_", ::getpid(), ".onnx");
  Losing model;
  try {
    save_onnx(model, path);
    FAIL() << "was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), path.string() + ": not written: dropout, after the layer only, has no form in ONNX here");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace mueca
