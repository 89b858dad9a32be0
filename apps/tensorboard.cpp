#include "apps/tensorboard.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstring>

#include "core/error.h"
#include "core/files/protobuf.h"

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
  return ProtoMessage().real(1, wall_time).text(3, "brain.Event:2").bytes();
}

std::string scalar_event(double wall_time, std::int64_t step, std::string_view tag, float value) {
  const ProtoMessage one = ProtoMessage().text(1, tag).real(2, value);
  return ProtoMessage().real(1, wall_time).integer(2, step).message(5, ProtoMessage().message(1, one)).bytes();
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
