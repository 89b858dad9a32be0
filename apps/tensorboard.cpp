#include "apps/tensorboard.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstring>

#include "core/error.h"

namespace mueca {
namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0u);  // reflected 0x1EDC6F41
    table[i] = crc;
  }
  return table;
}

template <class T>
std::string little_endian(T value) {
  std::string bytes(sizeof(T), '\0');
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

// Protobuf's wire format: a field is (number << 3 | type) and then its value.
enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}

std::string key(std::uint32_t field, WireType type) { return varint(field << 3 | type); }

std::string bytes_field(std::uint32_t field, std::string_view bytes) {
  return key(field, kBytes) + varint(bytes.size()) + std::string(bytes);
}

std::string double_field(std::uint32_t field, double value) {
  return key(field, kFixed64) + little_endian(std::bit_cast<std::uint64_t>(value));
}

std::string float_field(std::uint32_t field, float value) {
  return key(field, kFixed32) + little_endian(std::bit_cast<std::uint32_t>(value));
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = make_crc_table();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

std::uint32_t masked_crc32c(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8u; }

std::string tfrecord(std::string_view payload) {
  const std::string length = little_endian<std::uint64_t>(payload.size());
  return length + little_endian(masked_crc32c(length)) + std::string(payload) + little_endian(masked_crc32c(payload));
}

std::string file_version_event(double wall_time) {
  return double_field(1, wall_time) + bytes_field(3, "brain.Event:2");
}

std::string scalar_event(double wall_time, std::int64_t step, std::string_view tag, float value) {
  const std::string one = bytes_field(1, tag) + float_field(2, value);
  return double_field(1, wall_time) + key(2, kVarint) + varint(static_cast<std::uint64_t>(step)) +
         bytes_field(5, bytes_field(1, one));
}

EventWriter::EventWriter(const std::filesystem::path& directory) {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  const std::string name = str("events.out.tfevents.", static_cast<std::int64_t>(now()), ".", host);
  path_ = directory / name;
  // A resumed run gets a file of its own: TensorBoard joins the files of a directory by name.
  for (int n = 1; std::filesystem::exists(path_); ++n) path_ = directory / str(name, ".", n);
  out_.open(path_, std::ios::binary);
  check(out_.is_open(), path_.string(), ": cannot be created");
  write(file_version_event(now()));
}

void EventWriter::scalar(std::int64_t step, std::string_view tag, float value) {
  write(scalar_event(now(), step, tag, value));
}

void EventWriter::write(std::string_view payload) {
  const std::string record = tfrecord(payload);
  out_.write(record.data(), static_cast<std::streamsize>(record.size()));
  out_.flush();
  check(out_.good(), path_.string(), ": cannot be written (is the disk full?)");
}

}  // namespace mueca
