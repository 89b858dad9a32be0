#include "apps/chat/sse.h"

#include "core/error.h"

namespace mueca {

void SseParser::feed(std::string_view bytes) {
  for (const char c : bytes) {
    const bool crlf = after_cr_ && c == '\n';
    after_cr_ = c == '\r';
    if (crlf) continue;  // its \r ended the line
    if (c == '\n' || c == '\r') {
      end_line();
    } else {
      check(line_.size() + data_.size() < longest_, "the server sent an event of more than ", longest_, " bytes");
      line_ += c;
    }
  }
}

void SseParser::finish() {
  if (!line_.empty()) end_line();
  end_event();
}

void SseParser::end_line() {
  std::string_view line = line_;
  if (first_line_ && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  first_line_ = false;
  if (line.empty()) {
    end_event();
  } else if (line.starts_with("data") && (line.size() == 4 || line[4] == ':')) {  // other fields and ":" are comments
    std::string_view value = line.size() > 5 ? line.substr(5) : "";
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  }
  line_.clear();
}

void SseParser::end_event() {
  if (!has_data_) return;
  const std::string data = std::move(data_);
  data_.clear();
  has_data_ = false;
  on_data_(data);
}

}  // namespace mueca
