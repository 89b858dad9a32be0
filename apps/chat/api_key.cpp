#include "apps/chat/api_key.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/error.h"

namespace mueca {

ApiKey::ApiKey(std::string key) : key_(std::move(key)) {
  for (const char c : key_)
    check(c > ' ' && c < 0x7f, "the API key contains a space, a line break or a character that is not ASCII");
}

ApiKey ApiKey::from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  if (!value) return {};
  try {
    return ApiKey(value);
  } catch (const Error& error) {
    throw Error(str(variable, ": ", error.what()));
  }
}

std::string ApiKey::header() const { return "Authorization: Bearer " + key_; }

std::string ApiKey::redacted(std::string text) const {
  if (key_.empty()) return text;
  for (std::size_t at = 0; (at = text.find(key_, at)) != std::string::npos; at += 5)
    text.replace(at, key_.size(), "[key]");
  return text;
}

std::string KeyFilter::pass(std::string_view piece) {
  std::string text = key_.redacted(waiting_.append(piece));
  std::size_t held = std::min(text.size(), key_.key_.empty() ? 0 : key_.key_.size() - 1);
  while (held > 0 && !key_.key_.starts_with(std::string_view(text).substr(text.size() - held))) --held;
  waiting_ = text.substr(text.size() - held);
  text.resize(text.size() - held);
  return text;
}

std::string KeyFilter::finish() { return std::exchange(waiting_, {}); }

}  // namespace mueca
