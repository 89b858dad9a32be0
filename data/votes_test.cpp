#include "data/votes.h"

#include <gtest/gtest.h>

#include "data/testing.h"

namespace mueca {
namespace {

const std::string kHeader =
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n";

Pack three_rows() {
  Pack pack = small_pack({0, 0, 0});
  pack.split = {0, 1, 2};
  return pack;
}

TEST(Votes, BelongToRowsByPosition) {
  const TempFolder folder;
  const auto path = folder.write("votes.csv", kHeader +
                                                  "Training,fer0000009.png,4,0,0,1,3,2,0,0,0,0\n"
                                                  "PublicTest,,0,0,0,0,0,0,0,0,0,10\n"
                                                  "PrivateTest,fer0000003.png,0,9,0,0,0,0,0,0,1,0\n");
  Pack pack = three_rows();
  attach_votes(pack, path);
  EXPECT_EQ(pack.votes, (std::vector<std::uint8_t>{4, 0, 0, 1, 3,  2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                                   0, 0, 0, 0, 10, 0, 9, 0, 0, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(rows_with_faces(pack), (std::vector<Index>{0, 2}));
  EXPECT_NE(pack.provenance.find("votes: votes.csv sha256 "), std::string::npos);

  Pack last = select_rows(three_rows(), std::vector<Index>{2});  // rows are found by `row`, not by place
  attach_votes(last, path);
  EXPECT_EQ(last.votes[1], 9);
}

TEST(Votes, MajorityIsMoreThanHalfOfVotesThatDoNotStandAlone) {
  Pack pack = small_pack({0, 0, 0, 0, 0, 0, 0});
  pack.votes = {
      0,  6, 1, 1, 1, 1, 0, 0, 0, 0,  // happiness: 6 of 6
      5,  0, 0, 5, 0, 0, 0, 0, 0, 0,  // a tie
      0,  0, 0, 0, 4, 2, 2, 1, 1, 0,  // anger: 4 of 8 is not more than half
      0,  0, 0, 0, 0, 0, 0, 9, 1, 0,  // contempt is no class
      0,  0, 0, 0, 0, 0, 0, 0, 8, 2,  // unknown
      1,  1, 1, 1, 1, 1, 1, 1, 1, 1,  // nothing but outliers
      10, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // neutral
  };
  std::vector<int> majority;
  for (Index i = 0; i < pack.size(); ++i) majority.push_back(majority_class(pack, i));
  EXPECT_EQ(majority, (std::vector<int>{3, -1, -1, -1, -1, -1, 6}));
  EXPECT_EQ(rows_with_majority(pack), (std::vector<Index>{0, 6}));
  EXPECT_EQ(message_of([&] { relabel_by_majority(pack); }), "votes: row 1 has no majority for a class of the pack");
  pack = select_rows(pack, rows_with_majority(pack));
  relabel_by_majority(pack);
  EXPECT_EQ(pack.label, (std::vector<std::int32_t>{3, 6}));
}

TEST(Votes, RefuseWhatDoesNotBelong) {
  const TempFolder folder;
  const auto message = [&](const std::string& rows, const std::string& header = kHeader) {
    const auto path = folder.write("votes.csv", header + rows);
    Pack pack = three_rows();
    const std::string text = message_of([&] { attach_votes(pack, path); });
    EXPECT_FALSE(pack.has_votes());
    return text.substr(std::min(text.find("votes.csv"), text.size()));
  };
  const std::string first = "Training,a.png,4,0,0,1,3,2,0,0,0,0\n";
  EXPECT_EQ(message(first), "votes.csv: has 1 rows, but small has a row 1");
  EXPECT_EQ(message(first + first),
            "votes.csv: row 1 is of training, but in small of public_test: the files do not belong together");
  EXPECT_EQ(message("Training,a.png,4,0,0,1,3,2,0,0,0,11\n"),
            "votes.csv:2:34: \"11\" is not a number of votes from 0 to 10");
  EXPECT_EQ(message("Training,a.png,4,0,0,1,-3,2,0,0,0,0\n"),
            "votes.csv:2:24: \"-3\" is not a number of votes from 0 to 10");
  EXPECT_EQ(message("Training,a.png,4,0\n"), "votes.csv:2:1: expected 12 fields, got 4");
  EXPECT_EQ(message("Training,1\n", "Usage,neutral\n"),
            "votes.csv:1: column \"happiness\" is missing, expected Usage and the ten votes of fer2013new.csv");
  Pack plain = three_rows();
  EXPECT_NE(message_of([&] { rows_with_faces(plain); }).find("the pack has none"), std::string::npos);
}

}  // namespace
}  // namespace mueca
