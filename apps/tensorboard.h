// TensorBoard event files: scalars only, written without protobuf.
// Record: u64 length | u32 masked CRC of it | payload | u32 masked CRC of it (TensorFlow's record format, CRC-32C).
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace mueca {

std::uint32_t crc32c(std::string_view bytes);         // Castagnoli; "123456789" -> 0xE3069283
std::uint32_t masked_crc32c(std::string_view bytes);  // rotated by 15, plus a constant
std::string tfrecord(std::string_view payload);

// The payloads: protobuf messages `Event` as TensorBoard's event.proto and summary.proto number their fields.
std::string file_version_event(double wall_time);
std::string scalar_event(double wall_time, std::int64_t step, std::string_view tag, float value);

// Appends to one new file <directory>/events.out.tfevents.<seconds>.<host>[.n]; flushed after every record.
class EventWriter {
 public:
  explicit EventWriter(const std::filesystem::path& directory);
  // Throws Error when the disk is full.
  void scalar(std::int64_t step, std::string_view tag, float value);

 private:
  void write(std::string_view payload);
  std::filesystem::path path_;
  std::ofstream out_;
};

}  // namespace mueca
