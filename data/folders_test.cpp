#include "data/folders.h"

#include <gtest/gtest.h>

#include <fstream>

#include "data/export.h"
#include "data/image_header.h"
#include "data/testing.h"

#if MUECA_HAVE_OPENCV
#include <opencv2/imgcodecs.hpp>

namespace mueca {
namespace {

namespace fs = std::filesystem;

// An encoded picture: side x side pixels with a gradient from `shade`.
std::string picture(const std::string& ending, int shade, int side = 8, int type = CV_8UC1) {
  cv::Mat image(side, side, type);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side * image.channels(); ++x) image.ptr(y)[x] = static_cast<std::uint8_t>(shade + x + y);
  std::vector<std::uint8_t> bytes;
  cv::imencode(ending, image, bytes,
               ending == ".webp" ? std::vector<int>{cv::IMWRITE_WEBP_QUALITY, 101} : std::vector<int>{});
  return {bytes.begin(), bytes.end()};
}

ImportOptions of_size(int size) {
  ImportOptions options;
  options.size = size;
  return options;
}

std::string message_for(const TempFolder& folder, const ImportOptions& options = of_size(8)) {
  ImportReport report;
  const std::string message = message_of([&] { import_folders(folder.path(), options, report); });
  return message.starts_with(folder.path().string()) ? message.substr(folder.path().string().size()) : message;
}

void make(const TempFolder& folder, const std::string& path, std::string_view bytes) {
  fs::create_directories((folder.path() / path).parent_path());
  folder.write(path, bytes);
}

TEST(Folders, ReadsSplitsEmotionsAndFormatsInTheOrderOfPaths) {
  const TempFolder folder;
  make(folder, "train/Happiness/b.png", picture(".png", 20));
  make(folder, "train/Happiness/a.BMP", picture(".bmp", 10));
  make(folder, "train/angry/c.webp", picture(".webp", 30));
  make(folder, "test/sad/d.jpg", picture(".jpg", 40));
  make(folder, "test/sad/notes.txt", "no picture");
  make(folder, "test/sad/.hidden.png", "no picture either");
  ImportReport report;
  const Pack pack = import_folders(folder.path(), of_size(8), report);
  check_pack(pack, "pack");
  EXPECT_EQ(pack.label, (std::vector<std::int32_t>{4, 3, 3, 0}));
  EXPECT_EQ(pack.split_names, (std::vector<std::string>{"training", "test"}));
  EXPECT_EQ(pack.split, (std::vector<std::uint8_t>{1, 0, 0, 0}));
  EXPECT_EQ(pack.row, (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(pack.image(1)[9], 10 + 2);
  EXPECT_EQ(pack.image(2)[63], 20 + 14);
  EXPECT_EQ(pack.image(3)[0], 30);
  EXPECT_NEAR(pack.image(0)[0], 40, 3);  // JPEG
  EXPECT_EQ(report.rows, 4);
  EXPECT_TRUE(report.notes.empty());
  EXPECT_NE(pack.provenance.find("pictures 4, bad 0, size 8"), std::string::npos);
}

TEST(Folders, FlatFoldersAreTraining) {
  const TempFolder folder;
  make(folder, "fear/a.png", picture(".png", 1));
  make(folder, "neutral/a.png", picture(".png", 2));
  ImportReport report;
  const Pack pack = import_folders(folder.path(), of_size(8), report);
  EXPECT_EQ(pack.label, (std::vector<std::int32_t>{2, 6}));
  EXPECT_EQ(pack.split_names, std::vector<std::string>{"training"});
}

TEST(Folders, ColourBecomesGrayAndSizesBecomeOne) {
  const TempFolder folder;
  make(folder, "fear/a.png", picture(".png", 0, 32));  // shrinks: averages of 4 x 4 pixels
  make(folder, "fear/b.png", picture(".png", 100, 8, CV_8UC3));
  make(folder, "fear/c.png", picture(".png", 100, 4));  // grows
  ImportReport report;
  const Pack pack = import_folders(folder.path(), of_size(8), report);
  EXPECT_EQ(pack.images.shape(), Shape({3, 8, 8}));
  EXPECT_EQ(pack.image(0)[0], 3);
  EXPECT_EQ(pack.image(0)[9], 11);
  EXPECT_NEAR(pack.image(1)[0], 101, 1);
  EXPECT_EQ(pack.image(2)[0], 100);
}

TEST(Folders, BrokenPicturesStopOrAreSkipped) {
  const TempFolder folder;
  const std::string png = picture(".png", 1, 32), jpg = picture(".jpg", 1, 32);
  make(folder, "fear/a.png", png);
  make(folder, "fear/b.png", png.substr(0, png.size() / 2));
  EXPECT_EQ(message_for(folder), "/fear/b.png: the PNG picture is cut off");
  make(folder, "fear/b.png", "\x89PNG no");
  EXPECT_EQ(message_for(folder), "/fear/b.png: is not a JPEG, PNG, BMP or WebP picture");
  std::string bomb = png;
  bomb[16] = bomb[20] = 0;
  bomb[17] = bomb[21] = 0x7F;  // 8 million x 8 million pixels
  make(folder, "fear/b.png", bomb);
  EXPECT_NE(message_for(folder).find("pixels are more than 67108864"), std::string::npos);
  std::string damaged = png;
  for (std::size_t i = 40; i < 60; ++i) damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
  make(folder, "fear/b.png", damaged);
  EXPECT_EQ(message_for(folder), "/fear/b.png: the PNG picture is damaged");
  make(folder, "fear/c.jpg", jpg.substr(0, jpg.size() - 20));
  ImportOptions options = of_size(8);
  options.skip_bad = true;
  ImportReport report;
  const Pack pack = import_folders(folder.path(), options, report);
  EXPECT_EQ(pack.size(), 1);
  EXPECT_EQ(report.bad, 2);
  EXPECT_NE(report.problems[1].find("c.jpg: the JPEG picture is cut off"), std::string::npos);
  fs::remove(folder.path() / "fear/a.png");
  EXPECT_NE(message_for(folder, options).find(": no usable picture: "), std::string::npos);
}

TEST(Folders, RefusesUnknownFolders) {
  const TempFolder empty;
  EXPECT_EQ(message_for(empty), ": holds no folders, expected split/emotion/picture or emotion/picture");
  const TempFolder folder;
  make(folder, "train/contempt/a.png", picture(".png", 1));
  EXPECT_EQ(message_for(folder),
            "/train/contempt: \"contempt\" is neither a split nor a label that the label map knows");
  ImportOptions options = of_size(8);
  options.labels.add("contempt=-");
  EXPECT_EQ(message_for(folder, options), ": no usable picture");
  make(folder, "extra/fear/a.png", picture(".png", 1));
  EXPECT_NE(message_for(folder).find("\"extra\" is neither"), std::string::npos);
  const TempFolder bare;
  make(bare, "fear/readme.md", "");
  EXPECT_EQ(message_for(bare), ": no .jpg, .jpeg, .png, .bmp or .webp in it");
}

TEST(Folders, MergedTestSplitIsNoPrivateTest) {
  const int counts[] = {958, 111, 1024, 1774, 1247, 831, 1233};
  const std::string tiny = picture(".bmp", 1, 1);
  const TempFolder folder;
  for (std::size_t k = 0; k < 7; ++k) {
    const fs::path place = folder.path() / "private_test" / emotion_names()[k];
    fs::create_directories(place);
    std::ofstream(place / "0.bmp", std::ios::binary) << tiny;
    for (int i = 1; i < counts[k]; ++i) fs::create_hard_link(place / "0.bmp", place / (std::to_string(i) + ".bmp"));
  }
  EXPECT_NE(message_for(folder, of_size(1))
                .find("its private_test has the counts of FER2013's PublicTest and PrivateTest "
                      "together"),
            std::string::npos);
  fs::rename(folder.path() / "private_test", folder.path() / "test");
  ImportReport report;
  EXPECT_EQ(import_folders(folder.path(), of_size(1), report).size(), 7178);
  ASSERT_EQ(report.notes.size(), 1u);
}

TEST(Folders, ExportComesBackTheSame) {
  const TempFolder folder;
  Pack pack = small_pack({0, 3, 6, 3});
  pack.split = {0, 0, 1, 2};
  pack.copy = {0, 2, 0, 0};
  export_folders(pack, std::vector<Index>{0, 1, 2, 3}, folder.path() / "out");
  EXPECT_TRUE(fs::exists(folder.path() / "out/training/happy/small-0000001-2.png"));
  ImportReport report;
  const Pack back = import_folders(folder.path() / "out", of_size(4), report);
  EXPECT_EQ(back.size(), 4);
  EXPECT_EQ(back.label, (std::vector<std::int32_t>{3, 6, 0, 3}));  // private_test, public_test, training
  EXPECT_EQ(back.image(0)[0], 9);
  EXPECT_EQ(back.image(3)[0], 3);
  EXPECT_EQ(message_of([&] { export_folders(pack, std::vector<Index>{0}, folder.path() / "out"); }),
            (folder.path() / "out").string() + ": is already there");
  pack.class_names[0] = "../up";
  EXPECT_EQ(message_of([&] { export_folders(pack, std::vector<Index>{0}, folder.path() / "two"); }),
            "export: \"../up\" cannot be the name of a folder or file");
  pack.class_names[0] = "angry";
  EXPECT_EQ(message_of([&] {
              export_folders(pack, std::vector<Index>{0, 9}, folder.path() / "two");
            }),
            "pack: row 9 of 4");
  EXPECT_EQ(folder.files(), 4u);  // nothing half-written
}

TEST(Folders, AFolderInAPicturesPlaceIsAClip) {
  const TempFolder folder;
  make(folder, "train/happy/S010_006/S010_006_02.png", picture(".png", 20));
  make(folder, "train/happy/S010_006/S010_006_01.png", picture(".png", 10));
  make(folder, "train/happy/S010_006/notes.txt", "no frame");
  make(folder, "train/happy/still.png", picture(".png", 30));
  make(folder, "test/sad/S011_001/1.png", picture(".png", 40));
  make(folder, "test/sad/S011_001/2.png", picture(".png", 50));
  ImportReport report;
  const Pack pack = import_folders(folder.path(), of_size(8), report);
  check_pack(pack, "pack");
  EXPECT_EQ(pack.clip, (std::vector<std::uint32_t>{1, 1, 2, 2, 0}));
  EXPECT_EQ(pack.label, (std::vector<std::int32_t>{4, 4, 3, 3, 3}));
  EXPECT_EQ(pack.image(2)[0], 10);  // in the order of names

  std::vector<Index> rows{0, 1, 2, 3, 4};
  export_folders(pack, rows, folder.path() / "out");
  const Pack back = import_folders(folder.path() / "out", of_size(8), report);
  EXPECT_EQ(back.clip, pack.clip);
  EXPECT_EQ(back.images.to_vector<std::uint8_t>(), pack.images.to_vector<std::uint8_t>());
}

TEST(Folders, ContactSheetShowsEveryImage) {
  const TempFolder folder;
  const Pack pack = small_pack({0, 3, 6, 3}, {10, 20, 30, 40});
  const auto lines = class_lines(pack, "", 2, 1);
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[3].title, "happy (2)");
  EXPECT_EQ(lines[3].rows.size(), 2u);
  save_contact_sheet(pack, lines, 3, folder.path() / "sheet.png");
  const cv::Mat sheet = cv::imread((folder.path() / "sheet.png").string(), cv::IMREAD_GRAYSCALE);
  for (const int shade : {10, 20, 30, 40}) EXPECT_GE(cv::countNonZero(sheet == shade), 3 * 3 * 16) << shade;
  EXPECT_EQ(message_of([&] { save_contact_sheet(pack, {}, 1, folder.path() / "x.png"); }),
            "contact sheet: nothing to show");
}

}  // namespace
}  // namespace mueca
#endif

namespace mueca {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

TEST(ImageHeader, SurvivesAnything) {
  EXPECT_FALSE(read_image_header(""));
  EXPECT_FALSE(read_image_header("RIFF1234WEBPVP8 "));
  EXPECT_FALSE(read_image_header(bytes({0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8})));
  const auto jpeg =
      read_image_header(bytes({0xFF, 0xD8, 0xFF, 0xE0, 0, 3, 9, 0xFF, 0xFF, 0xC2, 0, 11, 8, 1, 2, 3, 4, 1, 1}));
  ASSERT_TRUE(jpeg);
  EXPECT_EQ(jpeg->height, 0x102);
  EXPECT_EQ(jpeg->width, 0x304);
  EXPECT_FALSE(jpeg->complete);
}

}  // namespace
}  // namespace mueca
