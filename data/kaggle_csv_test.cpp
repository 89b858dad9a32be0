#include "data/kaggle_csv.h"

#include <gtest/gtest.h>
#include <lzma.h>

#include "data/info.h"
#include "data/testing.h"

namespace mueca {
namespace {

std::string xz(const std::string& text) {
  std::string out(text.size() + 1024, '\0');
  std::size_t size = 0;
  const auto code =
      lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                              text.size(), reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size());
  EXPECT_EQ(code, LZMA_OK);
  out.resize(size);
  return out;
}

struct Imported {
  Pack pack;
  ImportReport report;
};

Imported import_text(const std::string& bytes, ImportOptions options = {}) {
  const TempFolder folder;
  Imported out;
  out.pack = import_kaggle_csv(folder.write("faces.csv", bytes), options, out.report);
  return out;
}

// The message without the folder, e.g. "faces.csv:2:3: ...".
std::string message_for(const std::string& bytes, const ImportOptions& options = {}) {
  const TempFolder folder;
  const auto path = folder.write("faces.csv", bytes);
  ImportReport report;
  const std::string message = message_of([&] { import_kaggle_csv(path, options, report); });
  const auto at = message.find("faces.csv");
  return at == std::string::npos ? message : message.substr(at);
}

const char* const kGood =
    "emotion,pixels,Usage\n"
    "0,70 80 82 72,Training\n"
    "6,0 255 7 99,PublicTest\n"
    "3,1 2 3 4,PrivateTest\n";

void expect_good(const Pack& pack) {
  EXPECT_EQ(pack.images.shape(), Shape({3, 2, 2}));
  EXPECT_EQ(pack.images.to_vector<std::uint8_t>(),
            (std::vector<std::uint8_t>{70, 80, 82, 72, 0, 255, 7, 99, 1, 2, 3, 4}));
  EXPECT_EQ(pack.label, (std::vector<std::int32_t>{0, 6, 3}));
  EXPECT_EQ(pack.split, (std::vector<std::uint8_t>{0, 1, 2}));
  EXPECT_EQ(pack.row, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(pack.split_names, (std::vector<std::string>{"training", "public_test", "private_test"}));
  EXPECT_EQ(pack.class_names, emotion_names());
  EXPECT_EQ(pack.source_names, std::vector<std::string>{"faces"});
}

TEST(KaggleCsv, ReadsBothHeadersInTheWild) {
  expect_good(import_text(kGood).pack);
  expect_good(
      import_text("emotion, Usage, pixels\n0,Training,70 80 82 72\n6,PublicTest,0 255 7 99\n3,PrivateTest,1 2 3 4\n")
          .pack);
  expect_good(
      import_text("\xEF\xBB\xBF Usage, pixels,emotion\r\nTraining,70 80 82 72,0\r\n PublicTest ,0 255 7 99, 6 \r\n"
                  "\r\nPrivateTest,\"1 2 3 4\",3")
          .pack);
}

TEST(KaggleCsv, ReadsQuotesDoubleBlanksAndNames) {
  expect_good(
      import_text("pixels,emotion,usage\n\" 70  80 82 72 \",anger,training\n\"0 255 7 99\",\"Neutral\",public_test\n"
                  "1 2 3 4,happiness,Private Test\n")
          .pack);
}

TEST(KaggleCsv, WithoutUsageAllIsTraining) {
  const Pack pack = import_text("emotion,pixels\n1,5\n2,6\n").pack;
  EXPECT_EQ(pack.split_names, std::vector<std::string>{"training"});
  EXPECT_EQ(pack.height, 1);
}

TEST(KaggleCsv, ReadsXzWhateverItsName) {
  expect_good(import_text(xz(kGood)).pack);
  expect_good(import_text(xz("emotion,pixels,Usage\n0,70 80 82 72,Training\n") + xz("6,0 255 7 99,PublicTest\n") +
                          xz("3,1 2 3 4,PrivateTest\n"))
                  .pack);
}

TEST(KaggleCsv, RefusesDamagedXz) {
  std::string bytes = xz(kGood);
  EXPECT_EQ(message_for(bytes.substr(0, bytes.size() - 9)), "faces.csv: xz data ends too early");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 64);
  EXPECT_EQ(message_for(bytes), "faces.csv: xz data is damaged");
}

TEST(KaggleCsv, NamesFileLineColumnAndReason) {
  const std::string head = "emotion,pixels,Usage\n0,1 2 3 4,Training\n";
  EXPECT_EQ(message_for(head + "7,1 2 3 4,Training\n"),
            "faces.csv:3:1: emotion: \"7\" is not a label: expected 0 to 6 or a name that the label map knows");
  EXPECT_EQ(message_for(head + "joyful,1 2 3 4,Training\n"),
            "faces.csv:3:1: emotion: \"joyful\" is not a label: expected 0 to 6 or a name that the label map knows");
  EXPECT_EQ(message_for(head + "0,1 2 256 4,Training\n"),
            "faces.csv:3:7: pixels: value 3 is \"256\", expected 0 to 255");
  EXPECT_EQ(message_for(head + "0,1 -2 3 4,Training\n"), "faces.csv:3:5: pixels: value 2 is \"-2\", expected 0 to 255");
  EXPECT_EQ(message_for(head + "0,1 2.5 3 4,Training\n"),
            "faces.csv:3:5: pixels: value 2 is \"2.5\", expected 0 to 255");
  EXPECT_EQ(message_for(head + "0,1 2 00003 4,Training\n"),
            "faces.csv:3:7: pixels: value 3 is \"00003\", expected 0 to 255");
  EXPECT_EQ(message_for(head + "0,1 2 3,Training\n"), "faces.csv:3:3: pixels: expected 4 values (2 x 2), got 3");
  EXPECT_EQ(message_for(head + "0,1 2 3 4 5,Training\n"), "faces.csv:3:11: pixels: more than 4 values");
  EXPECT_EQ(message_for(head + "0,1 2 3 4,Trainig\n"),
            "faces.csv:3:11: Usage: \"Trainig\" is not Training, PublicTest, PrivateTest, Validation or Test");
  EXPECT_EQ(message_for(head + "0,1 2 3 4\n"), "faces.csv:3:1: expected 3 fields, got 2");
  EXPECT_EQ(message_for(head + "0,\"1 2 3 4,Training\n"), "faces.csv:3:3: quote is not closed");
  EXPECT_EQ(message_for(head + "0,\"1 2 3 4\"x,Training\n"),
            "faces.csv:3:12: expected a comma after the closing quote");
  EXPECT_EQ(message_for("emotion,pixels\n0,1 2 3\n"), "faces.csv:2:3: pixels: 3 values are not a square image");
  EXPECT_EQ(message_for("emotion,pixels\n0,\n"), "faces.csv:2:3: pixels: 0 values are not a square image");
}

TEST(KaggleCsv, RefusesWrongHeadersAndFiles) {
  const std::string expected = ", expected the columns emotion, pixels and (optional) Usage in any order";
  EXPECT_EQ(message_for(""), "faces.csv: is empty, expected a header line");
  EXPECT_EQ(message_for("pixels,Usage\n1,Training\n"), "faces.csv:1: column \"emotion\" is missing" + expected);
  EXPECT_EQ(message_for("emotion,pixels,Usge\n0,1,Training\n"), "faces.csv:1: column 3 is \"usge\"" + expected);
  EXPECT_EQ(message_for("emotion,pixels,pixels\n0,1,1\n"), "faces.csv:1: column \"pixels\" is there twice");
  EXPECT_EQ(message_for("emotion,pixels\n"), "faces.csv: no usable row");
  EXPECT_EQ(message_for("PK\x03\x04zip"), "faces.csv: is a zip or gzip archive, expected text or .xz; unpack it first");
  EXPECT_EQ(message_for("emotion,pixels\n0," + std::string(std::size_t{3} << 20, ' ') + "\n"),
            "faces.csv:2: line is longer than 2097152 bytes");
  std::string huge = "emotion,pixels\n0,";
  for (int i = 0; i < 513 * 513; ++i) huge += "1 ";
  EXPECT_EQ(message_for(huge), "faces.csv:2:524291: pixels: more than 262144 values");
  ImportReport report;
  EXPECT_NE(message_of([&] {
              import_kaggle_csv("/nowhere/at/all.csv", {}, report);
            }).find("/nowhere/at/all.csv: cannot open"),
            std::string::npos);
  EXPECT_NE(message_of([&] { import_kaggle_csv("/", {}, report); }).find("is a folder"), std::string::npos);
}

TEST(KaggleCsv, SkipsAndCountsBadRows) {
  ImportOptions options;
  options.skip_bad = true;
  const Imported got = import_text(
      "emotion,pixels,Usage\n0,70 80 82 72,Training\n9,1 2 3 4,Training\n6,0 255 7 99,PublicTest\n0,1 "
      "2,Training\n\n\"\n"
      "3,1 2 3 4,PrivateTest\n",
      options);
  EXPECT_EQ(got.report.rows, 3);
  EXPECT_EQ(got.report.bad, 3);
  ASSERT_EQ(got.report.problems.size(), 3u);
  EXPECT_NE(got.report.problems[2].find("faces.csv:7:1: quote is not closed"), std::string::npos);
  EXPECT_EQ(got.pack.row, (std::vector<std::uint32_t>{0, 2, 5}));  // skipped rows count: votes stay aligned
  EXPECT_EQ(got.pack.images.to_vector<std::uint8_t>(), import_text(kGood).pack.images.to_vector<std::uint8_t>());
  std::string many = "emotion,pixels\n0,1\n";
  for (int i = 0; i < 100; ++i) many += "8,1\n";
  EXPECT_EQ(import_text(many, options).report.problems.size(), ImportReport::kDescribed);
  EXPECT_EQ(import_text(many, options).report.bad, 100);
  EXPECT_NE(message_for("emotion,pixels\n8,1\n", options).find("no usable row"), std::string::npos);
}

TEST(KaggleCsv, LabelMapRenamesAndDrops) {
  ImportOptions options;
  options.labels.add("contempt=-, glad = happy");
  const Imported got = import_text("emotion,pixels\nGlad,1\nContempt,2\nfear,3\n", options);
  EXPECT_EQ(got.pack.label, (std::vector<std::int32_t>{3, 2}));
  EXPECT_EQ(got.report.dropped, 1);
  EXPECT_EQ(message_of([] { LabelMap().add("glad"); }),
            "label map: \"glad\" is not of the form label=emotion or label=-");
  EXPECT_NE(message_of([] { LabelMap().add("a=happy,b=blue"); }).find("\"blue\" is not one of angry"),
            std::string::npos);
}

TEST(KaggleCsv, LongLinesCrossTheReadersBlocks) {
  std::string text = "emotion,pixels\n";
  std::vector<std::uint8_t> pixels;
  for (int row = 0; row < 40; ++row) {
    text += std::to_string(row % 7) + ",";
    for (int i = 0; i < 128 * 128; ++i) {
      pixels.push_back(static_cast<std::uint8_t>((row * 31 + i * 7) % 256));
      text += std::to_string(pixels.back()) + (i + 1 < 128 * 128 ? " " : "\r\n");
    }
  }
  EXPECT_EQ(import_text(text).pack.images.to_vector<std::uint8_t>(), pixels);
}

TEST(KaggleCsv, ProvenanceNamesTheFileByItsHash) {
  const Pack plain = import_text("emotion,pixels\n0,1\n").pack;
  EXPECT_EQ(
      plain.provenance,
      "import faces: csv faces.csv sha256 "
      "01efd8e5dda59c1fd1b5797f26e1ff391684600b51ecedd24e4ac06760482893, rows 1, dropped 0, bad 0, labels \"\"\n");
}

}  // namespace
}  // namespace mueca
