#include "apps/tensorboard.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <iterator>

#include "core/error.h"

namespace mueca {
namespace {

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

TEST(TensorBoard, Crc32cVector) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);  // the check value of CRC-32C (Castagnoli)
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);  // RFC 3720, B.4
}

TEST(TensorBoard, RecordFramesAndProtects) {
  const std::string record = tfrecord("payload");
  ASSERT_EQ(record.size(), 8 + 4 + 7 + 4);
  EXPECT_EQ(little_endian(record.substr(0, 8)), 7u);
  EXPECT_EQ(little_endian(record.substr(8, 4)), masked_crc32c(record.substr(0, 8)));
  EXPECT_EQ(record.substr(12, 7), "payload");
  EXPECT_EQ(little_endian(record.substr(19, 4)), masked_crc32c("payload"));
  EXPECT_NE(masked_crc32c("payload"), crc32c("payload"));
}

TEST(TensorBoard, ScalarEventBytes) {
  const std::string event = scalar_event(1.0, 300, "a/b", 0.5f);
  const std::string expected(
      "\x09\x00\x00\x00\x00\x00\x00\xF0\x3F"  // 1: double 1.0
      "\x10\xAC\x02"                          // 2: varint 300
      "\x2A\x0C"                              // 5: summary, 12 bytes
      "\x0A\x0A"                              // 1: value, 10 bytes
      "\x0A\x03"
      "a/b"                   // 1: tag
      "\x15\x00\x00\x00\x3F"  // 2: float 0.5
      ,
      9 + 3 + 2 + 2 + 5 + 5);
  EXPECT_EQ(event, expected);
}

TEST(TensorBoard, FilesNeverOverwriteEachOther) {
  const auto directory = std::filesystem::temp_directory_path() / str("mueca_events_", getpid());
  std::filesystem::create_directories(directory);
  {
    EventWriter first(directory), second(directory);
    first.scalar(1, "loss", 2.0f);
  }
  std::size_t files = 0, bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) ++files, bytes += entry.file_size();
  const std::size_t version = tfrecord(file_version_event(1.0)).size();
  EXPECT_EQ(files, 2u);
  EXPECT_EQ(bytes, 2 * version + tfrecord(scalar_event(1.0, 1, "loss", 2.0f)).size());
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace mueca
