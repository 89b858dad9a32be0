#include "apps/row_list.h"

#include <charconv>
#include <numeric>

#include "apps/command.h"

namespace mueca {

std::vector<Index> parse_rows(const std::string& text, Index rows) {
  std::vector<Index> out;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&] {
    Index value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    check(error == std::errc() && next != at && *at != '-', "rows: expected e.g. 0-7,12, got \"", text, "\"");
    check(value < rows, "rows: ", value, " is beyond the last row, ", rows - 1);
    at = next;
    return value;
  };
  while (true) {
    const Index first = number();
    Index last = first;
    if (at != end && *at == '-') ++at, last = number();
    check(last >= first, "rows: ", first, "-", last, " runs backwards");
    for (Index row = first; row <= last; ++row) out.push_back(row);
    if (at == end) return out;
    check(*at == ',', "rows: expected e.g. 0-7,12, got \"", text, "\"");
    ++at;
  }
}

std::vector<Index> chosen_rows(const Pack& pack, const std::string& rows, const std::string& split) {
  if (!rows.empty() && !split.empty()) throw UsageError("give --rows or --split, not both");
  std::vector<Index> chosen(static_cast<std::size_t>(pack.size()));
  std::iota(chosen.begin(), chosen.end(), Index{0});
  if (!rows.empty()) chosen = parse_rows(rows, pack.size());
  if (!split.empty()) chosen = pack.rows_of(split);
  check(!chosen.empty(), "no rows were chosen");
  return chosen;
}

}  // namespace mueca
