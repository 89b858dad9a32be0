// Lines from the user: edited at a terminal (libedit: cursor keys, history in memory, UTF-8), plain from a pipe.
#pragma once
#include <atomic>
#include <memory>
#include <string>

namespace mueca {

class LineSource {
 public:
  enum class Got { line, interrupted, end };
  virtual ~LineSource() = default;
  virtual Got next(std::string& line) = 0;
};

// From standard input. `interrupted` is set by the Ctrl-C handler, which must not restart reads; taking note of it here
// clears it. A line longer than 64 KiB is cut.
std::unique_ptr<LineSource> line_source(bool terminal, const std::string& prompt, std::atomic<bool>& interrupted);

}  // namespace mueca
