#include "data/csv_reader.h"

#include <cstring>

#include "data/label_map.h"

namespace mueca {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& path) : lines_(path) {
  check(next_line(), name(), ": is empty, expected a header line");
  if (line_.starts_with("\xEF\xBB\xBF")) line_.remove_prefix(3);  // byte order mark
  const int fields = cut();
  for (int i = 0; i < fields; ++i) header_.push_back(lowercase(field(i)));
}

void CsvReader::fail(const char* place, std::string_view reason) const {
  throw BadRow(str(name(), ":", lines_.number(), ":", place - line_.data() + 1, ": ", reason));
}

bool CsvReader::next_line() {
  while (lines_.next(line_))
    if (line_.find_first_not_of(" \t") != std::string_view::npos) return true;
  return false;
}

bool CsvReader::next() {
  if (!next_line()) return false;
  ++row_;
  const int fields = cut();
  if (fields != static_cast<int>(header_.size()))
    fail(line_.data(), str("expected ", header_.size(), " fields, got ", fields));
  return true;
}

int CsvReader::cut() {
  const char* p = line_.data();
  const char* const end = p + line_.size();
  for (int n = 0; n < kMostFields; ++n) {
    while (p < end && is_blank(*p)) ++p;
    const bool quoted = p < end && *p == '"';
    const char* first = quoted ? ++p : p;
    const auto rest = static_cast<std::size_t>(end - first);
    const auto* last = rest ? static_cast<const char*>(std::memchr(first, quoted ? '"' : ',', rest)) : nullptr;
    if (quoted && !last) fail(first - 1, "quote is not closed");
    if (!last) last = end;
    p = last;
    if (quoted)
      for (++p; p < end && is_blank(*p);) ++p;
    if (p < end && *p != ',') fail(p, "expected a comma after the closing quote");
    while (last > first && is_blank(last[-1])) --last;
    field_[static_cast<std::size_t>(n)] = std::string_view(first, static_cast<std::size_t>(last - first));
    if (p == end) return n + 1;
    ++p;
  }
  fail(p, str("more than ", kMostFields, " fields"));
}

}  // namespace mueca
