#include "data/classes.h"

#include <gtest/gtest.h>

#include "data/testing.h"

namespace mueca {
namespace {

TEST(Classes, KeepsTheirRowsAndRenumbersLabels) {
  Pack pack = small_pack({0, 1, 2, 1, 0, 2});
  pack.class_names = {"angry", "disgust", "fear"};
  const std::vector<std::string> wanted{"fear", "angry"};
  const Pack out = select_classes(pack, wanted);
  EXPECT_EQ(out.class_names, wanted);
  EXPECT_EQ(out.label, (std::vector<std::int32_t>{1, 0, 1, 0}));
  EXPECT_EQ(out.row, (std::vector<std::uint32_t>{pack.row[0], pack.row[2], pack.row[4], pack.row[5]}));
  EXPECT_EQ(out.image(1)[0], pack.image(2)[0]);
  EXPECT_NE(out.provenance.find("classes: fear angry"), std::string::npos);
  check_pack(out, "test");
}

TEST(Classes, WrongNamesAreNamed) {
  Pack pack = small_pack({0, 1, 0});
  pack.class_names = {"angry", "disgust", "fear"};
  const auto message = [&](const std::vector<std::string>& names) {
    return message_of([&] { select_classes(pack, names); });
  };
  EXPECT_NE(message({"angry", "sadness"}).find("sadness"), std::string::npos);
  EXPECT_EQ(message({"angry"}), "classes: expected at least two, got 1");
  EXPECT_EQ(message({"angry", "angry"}), "classes: \"angry\" is there twice");
}

}  // namespace
}  // namespace mueca
