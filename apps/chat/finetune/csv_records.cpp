#include "apps/chat/finetune/csv_records.h"

#include "core/error.h"

namespace mueca {

CsvRecords::CsvRecords(const std::filesystem::path& path) : lines_(path, kLongestLine) {}

void CsvRecords::fail(std::string_view reason) const { throw BadRecord(str(name(), ":", line_, ": ", reason)); }

bool CsvRecords::next_line(Line& line) {
  if (!pending_.empty()) {
    line = std::move(pending_.front());
    pending_.pop_front();
    return true;
  }
  std::string_view text;
  if (!lines_.next(text)) return false;
  if (lines_.number() == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  line = {std::string(text), lines_.number()};
  return true;
}

bool CsvRecords::next() {
  Line line;
  do {
    if (!next_line(line)) return false;
  } while (line.text.find_first_not_of(" \t") == std::string::npos);
  line_ = line.number;
  fields_.clear();
  if (quotes_ == Quotes::literal)
    cut_literal(line.text);
  else
    cut_quoted(std::move(line));
  return true;
}

void CsvRecords::cut_literal(std::string_view text) {
  for (;;) {
    if (fields_.size() == kMostFields) fail(str("more than ", kMostFields, " fields"));
    const auto comma = text.find(',');
    fields_.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return;
    text.remove_prefix(comma + 1);
  }
}

void CsvRecords::cut_quoted(Line first) {
  std::vector<Line> more;  // the lines that an open quote took in
  std::string text = std::move(first.text), field;
  std::size_t at = 0;
  const auto give_back = [&] { pending_.insert(pending_.begin(), more.begin(), more.end()); };
  for (;;) {
    if (fields_.size() == kMostFields) give_back(), fail(str("more than ", kMostFields, " fields"));
    field.clear();
    if (at < text.size() && text[at] == '"') {
      for (++at;; ++at) {
        if (at == text.size()) {
          Line line;
          if (more.size() + 1 == kMostLines || !next_line(line)) {
            give_back();
            fail(str("field ", fields_.size() + 1, ": the quote is not closed"));
          }
          field += '\n';
          text = line.text;
          more.push_back(std::move(line));
          at = static_cast<std::size_t>(-1);  // the loop goes on at 0
          continue;
        }
        if (text[at] != '"') {
          field += text[at];
        } else if (at + 1 < text.size() && text[at + 1] == '"') {
          field += '"', ++at;
        } else {
          break;
        }
      }
      ++at;
      if (at < text.size() && text[at] != ',') {
        give_back();
        fail(str("field ", fields_.size() + 1, ": expected a comma after the closing quote"));
      }
    } else {
      const auto comma = std::min(text.find(',', at), text.size());
      field = text.substr(at, comma - at);
      at = comma;
    }
    fields_.push_back(field);
    if (at == text.size()) return;
    ++at;
  }
}

}  // namespace mueca
