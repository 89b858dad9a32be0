// Base64 (RFC 4648, with padding): bytes as text, for data URIs.
#pragma once
#include <string>
#include <string_view>

namespace mueca {

std::string base64(std::string_view bytes);

}  // namespace mueca
