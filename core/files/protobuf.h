// Protobuf's wire format, written only: a field is (number << 3 | type) and then its value. Enough for files that other
// programs read (TensorBoard events, ONNX) without the library. https://protobuf.dev/programming-guides/encoding
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mueca {

template <class T>
std::string little_endian(T value) {  // T unsigned
  std::string bytes(sizeof(T), '\0');
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

// One message. Fields appear in the order of the calls; a repeated field is one call per element.
class ProtoMessage {
 public:
  ProtoMessage& integer(std::uint32_t field, std::int64_t value);  // int32, int64, bool, enum
  ProtoMessage& real(std::uint32_t field, float value);
  ProtoMessage& real(std::uint32_t field, double value);
  ProtoMessage& text(std::uint32_t field, std::string_view bytes);  // string, bytes
  ProtoMessage& message(std::uint32_t field, const ProtoMessage& inner) { return text(field, inner.bytes_); }

  const std::string& bytes() const { return bytes_; }

 private:
  void key(std::uint32_t field, std::uint32_t type) { varint(field << 3 | type); }
  void varint(std::uint64_t value);
  std::string bytes_;
};

}  // namespace mueca
