// Server-sent events (WHATWG HTML, "Server-sent events"), as tolerant as servers are careless: any line ending, a
// comment anywhere, an event that the end of the stream cuts short.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace mueca {

class SseParser {
 public:
  using OnData = std::function<void(const std::string& data)>;  // an event's data lines, joined by \n
  explicit SseParser(OnData on_data, std::size_t longest_event = std::size_t{1} << 20)
      : on_data_(std::move(on_data)), longest_(longest_event) {}

  void feed(std::string_view bytes);  // throws Error when one event grows beyond the limit
  void finish();                      // the stream is over: an event without its blank line counts, too

 private:
  void end_line();
  void end_event();

  OnData on_data_;
  std::size_t longest_;
  std::string line_, data_;
  bool has_data_ = false, after_cr_ = false, first_line_ = true;
};

}  // namespace mueca
