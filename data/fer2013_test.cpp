// The published facts about FER2013 (fer-benchmarks.md 2.1 to 2.3), found again in the real files.
#include <gtest/gtest.h>

#include "data/info.h"
#include "data/kaggle_csv.h"
#include "data/testing.h"
#include "data/twins.h"
#include "data/votes.h"

namespace mueca {
namespace {

TEST(Fer2013, CountsTwinsAndVotesAreAsPublished) {
  const std::filesystem::path data = std::filesystem::path(MUECA_SHARED) / "data";
  if (!std::filesystem::exists(data / "fer2013.csv.xz")) GTEST_SKIP() << "skipped: no ../shared/data/fer2013.csv.xz";
  ImportReport report;
  Pack pack = import_kaggle_csv(data / "fer2013.csv.xz", {}, report);
  EXPECT_EQ(pack.images.shape(), Shape({35887, 48, 48}));
  EXPECT_EQ(report.rows, 35887);
  EXPECT_EQ(pack.split_names, (std::vector<std::string>{"training", "public_test", "private_test"}));
  EXPECT_EQ(count_classes(pack), (Counts{{3995, 436, 4097, 7215, 4830, 3171, 4965},
                                         {467, 56, 496, 895, 653, 415, 607},
                                         {491, 55, 528, 879, 594, 416, 626}}));

  const TwinCounts twins = count_twins(pack, find_twins(pack));
  EXPECT_EQ(twins.unique, 34034);
  EXPECT_EQ(twins.excess, 1853);
  EXPECT_EQ(twins.contradictory_groups, 57);
  EXPECT_EQ(twins.contradictory_images, 160);
  EXPECT_EQ(twins.excess_within[0], 1236);
  EXPECT_EQ(twins.shared[2][0].images, 288);
  EXPECT_EQ(twins.shared[2][0].other_label, 15);
  EXPECT_EQ(twins.shared[2][0].per_class, (std::vector<Index>{37, 16, 47, 28, 17, 118, 25}));
  EXPECT_EQ(twins.shared[1][0].images, 280);
  EXPECT_EQ(twins.shared[1][0].other_label, 13);
  EXPECT_EQ(twins.shared[2][1].images, 44);
  EXPECT_EQ(rows_without_twins(pack, "private_test").size(), 3301u);
  EXPECT_EQ(rows_without_twins(pack, "private_test", {"training", "public_test"}).size(), 3589u - 314u);

  attach_votes(pack, data / "fer2013new.csv.xz");
  std::vector<Index> nonfaces(3);
  std::vector<Index> faces = rows_with_faces(pack);
  for (Index i = 0, next = 0; i < pack.size(); ++i) {
    if (next < static_cast<Index>(faces.size()) && faces[static_cast<std::size_t>(next)] == i)
      ++next;
    else
      ++nonfaces[pack.split[static_cast<std::size_t>(i)]];
  }
  EXPECT_EQ(nonfaces, (std::vector<Index>{150, 10, 16}));

  const TempFolder folder;
  save_pack(pack, folder.path() / "fer2013.h5");
  EXPECT_EQ(load_pack(folder.path() / "fer2013.h5").sha256, hash_pack(pack));
}

}  // namespace
}  // namespace mueca
