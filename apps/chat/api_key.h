// A key to somebody's server: it comes from the environment or a private file, goes into one request header, and is
// found nowhere else – not in an argument, a log, an error or a printed object.
#pragma once
#include <string>
#include <string_view>

namespace mueca {

class ApiKey {
 public:
  ApiKey() = default;
  // Throws Error, without quoting the key, when it could not stand in a header (spaces, control characters).
  explicit ApiKey(std::string key);
  // The environment's variable; no key when it is unset or empty. Throws Error naming the variable.
  static ApiKey from_environment(const char* variable);

  bool empty() const { return key_.empty(); }
  std::string header() const;                    // "Authorization: Bearer ...", for http.cpp alone
  std::string redacted(std::string text) const;  // every occurrence of the key becomes "[key]"

 private:
  friend class KeyFilter;
  std::string key_;
};

// redacted() for text that comes in pieces: holds back what may be the beginning of the key.
class KeyFilter {
 public:
  explicit KeyFilter(const ApiKey& key) : key_(key) {}
  std::string pass(std::string_view piece);
  std::string finish();

 private:
  const ApiKey& key_;
  std::string waiting_;
};

}  // namespace mueca
