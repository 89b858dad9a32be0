#include "nn/se_scales.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/trace.h"
#include "nn/registry.h"

namespace mueca {
namespace {

Tensor waves(Index n, int size) {
  Tensor x({n, size, size, 1});
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(0.37f * static_cast<float>(i % 1013));
  return x;
}

ModelConfig small(const char* name) {
  ModelConfig config;
  config.name = name, config.size = 16, config.width = 0.25f;
  if (config.name == "se_cnn") config.variant = "gap";
  if (config.name == "se_resnet") config.depth = 10;
  return config;
}

// The op multiplies every place of a channel by the scale that is reported.
TEST(SeScales, AreWhatTheNetworkMultipliesBy) {
  for (const char* name : {"se_cnn", "se_resnet"}) {
    const auto model = make_model(small(name));
    const Tensor x = waves(3, 16);
    const auto found = se_scales(*model, x);
    ASSERT_EQ(found.size(), 4u) << name;
    Trace trace;
    model->forward(x, {});
    std::size_t b = 0;
    for (const TracedOp& op : trace.ops) {
      if (std::string_view(op.call.name) != "squeeze_excite") continue;
      const Tensor &in = op.inputs[0], &out = op.output, &scale = found[b].scale;
      EXPECT_TRUE(found[b].block.ends_with("_se")) << found[b].block;
      ASSERT_EQ(scale.shape(), Shape({in.extent(0), in.extent(3)}));
      const Index channels = in.extent(3), places = in.extent(1) * in.extent(2);
      for (Index i = 0; i < in.size(); ++i) {
        const float s = scale.data()[i / (places * channels) * channels + i % channels];
        ASSERT_NEAR(out.data()[i], s * in.data()[i], 1e-6f * (1 + std::abs(in.data()[i]))) << name << " " << b;
      }
      ++b;
    }
    EXPECT_EQ(b, 4u);
  }
}

TEST(SeScales, NoneWithoutBlocks) {
  ModelConfig config = small("se_cnn");
  config.se = false;
  EXPECT_TRUE(se_scales(*make_model(config), waves(1, 16)).empty());
}

}  // namespace
}  // namespace mueca
