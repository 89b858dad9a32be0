// Any bytes as a picture's header: sizes, orientation and whether the end is there, or nothing.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "data/image_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of exactly this size: a read past the end is seen.
  const auto bytes = std::make_unique<char[]>(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(data[i]);
  const auto header = mueca::read_image_header(std::string_view(bytes.get(), size));
  if (!header) return 0;
  if (header->width < 1 || header->height < 1 || header->orientation < 1 || header->orientation > 8) std::abort();
  if (header->format.empty()) std::abort();
  return 0;
}
