// A key to somebody's server: it comes from the environment or a private file, goes into one request header, and is
// found nowhere else – not in an argument, a log, an error or a printed object.
#pragma once
#include <string>

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
  std::string key_;
};

}  // namespace mueca
