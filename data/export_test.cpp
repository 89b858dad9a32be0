#include "data/export.h"

#include <gtest/gtest.h>

#include "data/kaggle_csv.h"
#include "data/testing.h"

namespace mueca {
namespace {

TEST(Export, CsvComesBackTheSame) {
  const TempFolder folder;
  Pack pack = small_pack({0, 3, 6});
  pack.split = {0, 2, 1};
  export_csv(pack, std::vector<Index>{0, 1, 2}, folder.path() / "small.csv");
  ImportReport report;
  EXPECT_EQ(hash_pack(import_kaggle_csv(folder.path() / "small.csv", {}, report)), hash_pack(pack));
  EXPECT_EQ(read_file(folder.path() / "small.csv", 1000).substr(0, 57),
            "emotion,pixels,Usage\n0,0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0,Tr");
}

TEST(Export, CsvWritesNamesOfOtherClassesOrNothing) {
  const TempFolder folder;
  Pack pack = small_pack({0});
  pack.class_names = {"contempt"};
  pack.split_names = {"mine"};
  export_csv(pack, std::vector<Index>{0}, folder.path() / "a.csv");
  EXPECT_EQ(read_file(folder.path() / "a.csv", 1000),
            "emotion,pixels,Usage\ncontempt,0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0,mine\n");
  pack.class_names = {"a,b"};
  EXPECT_NE(message_of([&] {
              export_csv(pack, std::vector<Index>{0}, folder.path() / "b.csv");
            }).find("name \"a,b\" has commas"),
            std::string::npos);
  pack.class_names = {"a"};
  EXPECT_EQ(message_of([&] {
              export_csv(pack, std::vector<Index>{0, 1}, folder.path() / "b.csv");
            }),
            "pack: row 1 of 1");
  EXPECT_EQ(folder.files(), 1u);
}

TEST(Export, SheetLinesAreDrawnBySeedFromOneSplit) {
  Pack pack = small_pack(std::vector<std::int32_t>(40, 3));
  for (std::size_t i = 20; i < 40; ++i) pack.split[i] = 1;
  const auto a = class_lines(pack, "public_test", 5, 1), b = class_lines(pack, "public_test", 5, 2);
  EXPECT_EQ(a[3].title, "happy (20)");
  ASSERT_EQ(a[3].rows.size(), 5u);
  EXPECT_NE(a[3].rows, b[3].rows);
  for (const Index row : a[3].rows) EXPECT_GE(row, 20);
  EXPECT_TRUE(a[0].rows.empty());
}

}  // namespace
}  // namespace mueca
