#include "apps/run_config.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace mueca {
namespace {

RunConfig from_text(const std::string& text) {
  return resolve_config(config_assignments(parse_toml(text, "my.toml"), "my.toml"));
}

std::string error_of(const std::string& text) {
  try {
    from_text(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(RunConfig, ReadsBackWhatItWrites) {
  RunConfig config = from_text(
      "[model]\nname = \"se_cnn\"\nse = false\n[train]\nepochs = 3\n[schedule]\nlr = 3e-4\n"
      "[run]\nseed = 9223372036854775807\nname = \"a \\\"quoted\\\" name\"\n");
  EXPECT_EQ(config.model.name, "se_cnn");
  EXPECT_FALSE(config.model.se);
  EXPECT_EQ(config.train.epochs, 3);
  EXPECT_EQ(config.schedule.lr, 3e-4f);
  EXPECT_EQ(config.model.seed, 9223372036854775807u);
  const std::string text = config_text(config);
  EXPECT_EQ(config_text(from_text(text)), text);
  EXPECT_NE(text.find("\nlr = 3e-04\n"), std::string::npos) << text;
}

TEST(RunConfig, LaterAssignmentsWin) {
  const RunConfig config = resolve_config({{"train.batch", "8", "a.toml:1"}, {"train.batch", "16", "--batch"}});
  EXPECT_EQ(config.train.batch, 16);
}

TEST(RunConfig, PresetIsTheGroundOfItsTable) {
  const RunConfig config = from_text("[augment]\nflip = 0.25\npreset = \"strong\"\n");
  EXPECT_EQ(config.augment.flip, 0.25f);
  EXPECT_EQ(config.augment.erase, 0.5f);
  const RunConfig over = resolve_config({{"augment.flip", "0.25", "f"}, {"augment.preset", "none", "--augment"}});
  EXPECT_EQ(over.augment, AugmentPolicy{});
}

TEST(RunConfig, ErrorsNameFileAndLine) {
  EXPECT_EQ(error_of("[train]\nepochs = 3\nepoch = 4\n"),
            "my.toml:3: unknown key \"train.epoch\", did you mean \"epochs\"? known in [train]: epochs batch loss "
            "label_smoothing ema clip patience");
  EXPECT_NE(error_of("[trian]\nepochs = 3\n")
                .find("my.toml:2: unknown key \"trian.epochs\", did you mean \"train\"? known sections: data"),
            std::string::npos);
  EXPECT_EQ(error_of("[train]\nepochs = \"many\"\n"),
            "my.toml:2: epochs: expected a whole number in range, got \"many\"");
  EXPECT_EQ(error_of("[train]\nepochs = [1, 2]\n"), "my.toml:2: train.epochs: expected a single value, got an array");
  EXPECT_EQ(error_of("epochs = 3\n"), "my.toml:1: \"epochs\" must stand in a section such as [train]");
  EXPECT_EQ(error_of("\n\n[train\n").substr(0, 10), "my.toml:3:");
  EXPECT_NE(error_of("[train]\nepochs = 2\nepochs = 3\n").find("my.toml:3:"), std::string::npos);
  EXPECT_NE(error_of("[schedule]\nlr = inf\n").find("my.toml:2: a number must be finite"), std::string::npos);
  EXPECT_NE(error_of("[run]\nseed = 1979-05-27\n").find("my.toml:2:"), std::string::npos);
}

TEST(RunConfig, RefusesValuesOutOfPlace) {
  EXPECT_NE(error_of("[train]\nepochs = 0\n").find("train.epochs"), std::string::npos);
  EXPECT_NE(error_of("[train]\nloss = \"mse\"\n").find("expected one of cross_entropy, squared_hinge"),
            std::string::npos);
  EXPECT_NE(error_of("[run]\nname = \"../../etc\"\n").find("plain name"), std::string::npos);
  EXPECT_NE(error_of("[augment]\npreset = \"wild\"\n").find("none, light, standard, strong"), std::string::npos);
}

TEST(RunConfig, DeepAndLargeFilesAreRefused) {
  std::string deep = "[a]\nb = ";
  for (int i = 0; i < 40; ++i) deep += "[";
  for (int i = 0; i < 40; ++i) deep += "]";
  EXPECT_NE(error_of(deep).find("deeper"), std::string::npos) << error_of(deep);
  EXPECT_NE(error_of(std::string((1 << 20) + 1, '#')).find("at most"), std::string::npos);
}

TEST(RunConfig, IdentityIgnoresPlaces) {
  const RunConfig a = resolve_config({{"run.out", "x", ""}, {"run.threads", "1", ""}});
  const RunConfig b = resolve_config({{"run.out", "y", ""}, {"run.name", "z", ""}, {"data.pack", "p", ""}});
  const RunConfig c = resolve_config({{"train.epochs", "7", ""}});
  EXPECT_EQ(config_identity(a), config_identity(b));
  EXPECT_NE(config_identity(a), config_identity(c));
  EXPECT_EQ(run_identity(a, "data"), run_identity(b, "data"));
  EXPECT_NE(run_identity(a, "data"), run_identity(a, "other data"));
}

}  // namespace
}  // namespace mueca
