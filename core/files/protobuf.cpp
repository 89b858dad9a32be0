#include "core/files/protobuf.h"

#include <bit>

namespace mueca {
namespace {

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

}  // namespace

void ProtoMessage::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7F) | 0x80);
  bytes_ += static_cast<char>(value);
}

ProtoMessage& ProtoMessage::integer(std::uint32_t field, std::int64_t value) {
  key(field, kVarint);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

ProtoMessage& ProtoMessage::real(std::uint32_t field, float value) {
  key(field, kFixed32);
  bytes_ += little_endian(std::bit_cast<std::uint32_t>(value));
  return *this;
}

ProtoMessage& ProtoMessage::real(std::uint32_t field, double value) {
  key(field, kFixed64);
  bytes_ += little_endian(std::bit_cast<std::uint64_t>(value));
  return *this;
}

ProtoMessage& ProtoMessage::text(std::uint32_t field, std::string_view bytes) {
  key(field, kBytes);
  varint(bytes.size());
  bytes_ += bytes;
  return *this;
}

}  // namespace mueca
