// One way to fail: Error carries a sentence for the user; check() throws it, str() builds it.
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>

namespace mueca {

// What went wrong, where, and what was expected: printed as it is, exit code 1.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The arguments, printed one after the other.
template <class... Parts>
std::string str(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

// Throws Error(str(parts...)) unless ok. The parts are only printed on failure.
template <class... Parts>
void check(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    throw Error(str(parts...));
}

}  // namespace mueca
