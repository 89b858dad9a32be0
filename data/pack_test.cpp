#include "data/pack.h"

#include <gtest/gtest.h>

#include "core/files/hdf5.h"
#include "data/testing.h"

namespace mueca {
namespace {

void expect_same(const Pack& a, const Pack& b) {
  EXPECT_EQ(a.images.shape(), b.images.shape());
  EXPECT_EQ(a.images.to_vector<std::uint8_t>(), b.images.to_vector<std::uint8_t>());
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.split, b.split);
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.row, b.row);
  EXPECT_EQ(a.copy, b.copy);
  EXPECT_EQ(a.votes, b.votes);
  EXPECT_EQ(a.class_names, b.class_names);
  EXPECT_EQ(a.split_names, b.split_names);
  EXPECT_EQ(a.source_names, b.source_names);
  EXPECT_EQ(a.provenance, b.provenance);
}

Pack full_pack() {
  Pack pack = small_pack({0, 3, 6});
  pack.split = {0, 2, 1};
  pack.copy = {0, 1, 0};
  pack.votes.assign(30, 1);
  pack.provenance = "import small: three shades\n";
  return pack;
}

TEST(Pack, FileKeepsEverything) {
  const TempFolder folder;
  Pack pack = full_pack();
  save_pack(pack, folder.path() / "a.h5");
  const Pack back = load_pack(folder.path() / "a.h5");
  expect_same(pack, back);
  EXPECT_EQ(pack.sha256, back.sha256);
  EXPECT_EQ(pack.sha256.size(), 64u);
  EXPECT_EQ(folder.files(), 1u);  // no temporary file is left
}

TEST(Pack, EqualContentGivesEqualFiles) {
  const TempFolder folder;
  Pack pack = full_pack();
  save_pack(pack, folder.path() / "a.h5");
  save_pack(pack, folder.path() / "b.h5");
  EXPECT_EQ(read_file(folder.path() / "a.h5", 1 << 20), read_file(folder.path() / "b.h5", 1 << 20));
}

TEST(Pack, HashSeesEveryColumnButProvenance) {
  const Pack pack = full_pack();
  const std::string hash = hash_pack(pack);
  const auto changed = [&](auto change) {
    Pack other = select_rows(pack, std::vector<Index>{0, 1, 2});
    EXPECT_EQ(hash_pack(other), hash);
    change(other);
    return hash_pack(other) != hash;
  };
  EXPECT_TRUE(changed([](Pack& p) { p.image(2)[15] ^= 1; }));
  EXPECT_TRUE(changed([](Pack& p) { p.label[0] = 1; }));
  EXPECT_TRUE(changed([](Pack& p) { p.split[0] = 1; }));
  EXPECT_TRUE(changed([](Pack& p) { p.row[0] = 9; }));
  EXPECT_TRUE(changed([](Pack& p) { p.copy[0] = 9; }));
  EXPECT_TRUE(changed([](Pack& p) { p.votes[29] = 2; }));
  EXPECT_TRUE(changed([](Pack& p) { p.class_names[0] = "cross"; }));
  EXPECT_TRUE(changed([](Pack& p) { p.split_names[0] = "train"; }));
  EXPECT_FALSE(changed([](Pack& p) { p.provenance = ""; }));
}

TEST(Pack, SelectsRowsAndFindsSplits) {
  const Pack pack = full_pack();
  const Pack two = select_rows(pack, std::vector<Index>{2, 2, 0});
  EXPECT_EQ(two.label, (std::vector<std::int32_t>{6, 6, 0}));
  EXPECT_EQ(two.image(1)[0], 6);
  EXPECT_EQ(two.image(2)[0], 0);
  EXPECT_EQ(pack.rows_of("private_test"), std::vector<Index>{1});
  EXPECT_EQ(message_of([&] { pack.rows_of("test"); }),
            "pack: no split \"test\", there are: training, public_test, private_test");
  EXPECT_EQ(message_of([&] { pack.image(3); }), "pack: row 3 of 3");
}

TEST(Pack, SavesNoBrokenPack) {
  const TempFolder folder;
  const auto path = folder.path() / "a.h5";
  Pack pack = full_pack();
  pack.label[1] = 7;
  EXPECT_EQ(message_of([&] { save_pack(pack, path); }), path.string() + ": label: row 1 is 7, expected 0 to 6");
  pack.label[1] = 3;
  pack.class_names[1] = "angry";
  EXPECT_EQ(message_of([&] { save_pack(pack, path); }), path.string() + ": class name \"angry\" is there twice");
  EXPECT_EQ(folder.files(), 0u);
}

// A pack file in which one thing was changed by hand.
template <class Change>
std::string message_of_changed(Change change) {
  const TempFolder folder;
  const auto path = folder.path() / "p.h5";
  Hdf5File file = Hdf5File::create(path);
  Pack pack = full_pack();
  Shape images = pack.images.shape();
  std::string sha = hash_pack(pack);
  int version = 1;
  change(pack, images, sha, version);
  file.write_integer("/", "mueca_pack", version);
  file.write_text("/", "sha256", sha);
  file.write_texts("/", "class_names", pack.class_names);
  file.write_texts("/", "split_names", pack.split_names);
  file.write_texts("/", "source_names", pack.source_names);
  file.write<std::uint8_t>("images", images,
                           pack.images.span<std::uint8_t>().first(static_cast<std::size_t>(images.size())));
  const auto length = [](const auto& column) { return Shape{static_cast<Index>(column.size())}; };
  file.write<std::int32_t>("label", length(pack.label), pack.label);
  file.write<std::uint8_t>("split", length(pack.split), pack.split);
  file.write<std::uint16_t>("source", length(pack.source), pack.source);
  file.write<std::uint32_t>("row", length(pack.row), pack.row);
  file.write<std::uint16_t>("copy", length(pack.copy), pack.copy);
  file.close();
  const std::string message = message_of([&] { load_pack(path); });
  const auto name = message.find(path.string());
  return name == 0 ? message.substr(path.string().size()) : message;
}

TEST(Pack, LoadRefusesWhatDoesNotFit) {
  using std::string;
  EXPECT_EQ(message_of_changed([](Pack&, Shape&, string&, int& version) { version = 2; }),
            ": pack version 2, expected 1");
  EXPECT_EQ(message_of_changed([](Pack&, Shape& images, string&, int&) {
              images = {3, 16};
            }),
            ": images: expected [T, H, W] with H and W up to 4096, got [3, 16]");
  EXPECT_NE(message_of_changed([](Pack&, Shape& images, string&, int&) {
              images = {2, 4, 4};
            }).find("label"),
            string::npos);
  EXPECT_EQ(message_of_changed([](Pack& p, Shape&, string&, int&) { p.label[2] = -1; }),
            ": label: row 2 is -1, expected 0 to 6");
  EXPECT_EQ(message_of_changed([](Pack& p, Shape&, string&, int&) { p.split[0] = 3; }),
            ": split: row 0 is 3, expected 0 to 2");
  EXPECT_EQ(message_of_changed([](Pack& p, Shape&, string&, int&) { p.source[1] = 1; }),
            ": source: row 1 is 1, expected 0 to 0");
  EXPECT_NE(
      message_of_changed([](Pack& p, Shape&, string&, int&) { p.image(0)[0] = 77; }).find("does not match its SHA"),
      string::npos);
  EXPECT_NE(message_of_changed([](Pack& p, Shape&, string&, int&) { p.class_names = {"a\nb"}; }).find("class names"),
            string::npos);
}

TEST(Pack, LoadRefusesOtherFiles) {
  const TempFolder folder;
  const auto text = folder.write("a.h5", "emotion,pixels\n");
  EXPECT_NE(message_of([&] { load_pack(text); }).find(text.string()), std::string::npos);
  EXPECT_NE(message_of([&] { load_pack(folder.path() / "none.h5"); }).find("none.h5"), std::string::npos);
  Hdf5File::create(folder.path() / "empty.h5").close();
  EXPECT_EQ(message_of([&] { load_pack(folder.path() / "empty.h5"); }),
            (folder.path() / "empty.h5").string() + ": is not a pack; make one with: mueca data import");
}

TEST(Pack, LoadSurvivesCutFiles) {
  const TempFolder folder;
  Pack pack = full_pack();
  save_pack(pack, folder.path() / "a.h5");
  const std::string whole = read_file(folder.path() / "a.h5", 1 << 20);
  for (std::size_t n = 0; n < whole.size(); n += 97) {
    const auto path = folder.write("cut.h5", whole.substr(0, n));
    EXPECT_NE(message_of([&] { load_pack(path); }), "no error") << n;
  }
}

}  // namespace
}  // namespace mueca
