#include "apps/faces/recognizer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "apps/faces/predict.h"
#include "data/clips.h"
#include "data/faces.h"
#include "nn/checkpoint.h"
#include "nn/registry.h"

namespace mueca {
namespace {

TEST(Recognizer, ASequenceModelRemembersEachFaceFromFrameToFrame) {
  FacesConfig config;
  config.training = 3, config.public_test = 0, config.private_test = 0, config.frames = 4;
  const Pack pack = generate_faces(config);
  const auto model = make_model({.name = "cnn_gru", .width = 0.25f, .frames = 4, .hidden = 16});
  const auto file = std::filesystem::path(testing::TempDir()) / str("mueca_recognizer_", ::getpid(), ".h5");
  save_checkpoint(file, *model, nullptr, nullptr, {});
  const auto recognizer = open_recognizer(file.string(), "cnn_gru");
  std::filesystem::remove(file);
  ASSERT_EQ(recognizer->memory_size(), 16);

  const auto rows = clip_rows(pack, pack.rows_of("training"));
  const auto views = views_of(*model, {48, 48}, EvaluationViews::center);
  const Tensor whole = predict_logits(*model, pack, rows, views, 2);  // [3, 7]
  const Tensor memory = Tensor::full({3, 16}, 0), faces({3, 48, 48}, DType::u8);
  Tensor logits;
  for (Index t = 0; t < 4; ++t) {
    for (Index n = 0; n < 3; ++n) std::ranges::copy(pack.image(4 * n + t), faces.data<std::uint8_t>() + n * 48 * 48);
    logits = recognizer->logits(faces, memory);
  }
  double largest = 0;
  for (const float v : whole.to_vector()) largest = std::max(largest, std::abs(double{v}));
  for (Index i = 0; i < whole.size(); ++i) EXPECT_NEAR(logits.data()[i], whole.data()[i], 1e-5 * largest) << i;

  // Without a memory every face is new; a memory of another size is a mistake.
  EXPECT_NE(recognizer->logits(faces).to_vector(), logits.to_vector());
  EXPECT_THROW(recognizer->logits(faces, Tensor::full({3, 15}, 0)), Error);
  EXPECT_EQ(open_recognizer(shipped_checkpoint())->memory_size(), 0);
}

}  // namespace
}  // namespace mueca
