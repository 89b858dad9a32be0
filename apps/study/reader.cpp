#include "apps/study/reader.h"

#include <algorithm>

#include "core/nearest.h"

namespace mueca {
namespace {

// 12 of "studies/x.toml:12"; 0 when there is none.
int line_in(const std::string& origin) {
  const auto colon = origin.rfind(':');
  int line = 0;
  if (colon != std::string::npos) std::from_chars(origin.data() + colon + 1, origin.data() + origin.size(), line);
  return line;
}

}  // namespace

void Complaints::add(int line, const std::string& sentence) { add_text(line, sentence); }

void Complaints::add_text(int line, const std::string& text) {
  const std::string prefix = file_ + ":";
  Entry entry{line, text};
  if (text.starts_with(prefix))
    entry.line = line_in(text.substr(0, text.find(':', prefix.size())));
  else
    entry.text = str(prefix, line, ": ", text);
  const auto same = [&](const Entry& other) { return other.text == entry.text; };
  if (std::none_of(list_.begin(), list_.end(), same)) list_.push_back(std::move(entry));
}

std::string Complaints::text() const {
  std::vector<Entry> sorted = list_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  std::string out;
  for (const Entry& entry : sorted) out += (out.empty() ? "" : "\n") + entry.text;
  return out;
}

void Complaints::throw_if_any() const {
  if (!list_.empty()) throw Error(text());
}

void Reader::expect_keys(const std::vector<std::string>& keys, bool sections) const {
  std::string known;
  for (const auto& key : keys) known += " " + key;
  for (const auto& [key, value] : table_.members) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    if (sections && value.kind == Toml::Kind::table) continue;
    const std::string hint = did_you_mean(key, keys);
    complain(value, "unknown key \"" + key + "\"" + (hint.empty() ? ";" : hint) + " known:" + known);
  }
}

const Toml* Reader::get(std::string_view key, Toml::Kind kind) const {
  const Toml* value = table_.find(key);
  if (!value || value->kind == kind) return value;
  complain(*value, str(key, ": expected ", name_of(kind), ", got ", name_of(value->kind)));
  return nullptr;
}

std::string Reader::text(std::string_view key) const {
  const Toml* value = get(key, Toml::Kind::text);
  return value ? value->value : "";
}

bool Reader::flag(std::string_view key) const {
  const Toml* value = get(key, Toml::Kind::boolean);
  return value && value->value == "true";
}

std::vector<std::string> Reader::texts(std::string_view key) const {
  std::vector<std::string> out;
  const Toml* array = get(key, Toml::Kind::array);
  if (!array) return out;
  for (const Toml& item : array->items) {
    if (item.kind == Toml::Kind::text)
      out.push_back(item.value);
    else
      complain(item, str(key, ": expected an array of strings, got ", name_of(item.kind)));
  }
  if (array->items.empty()) complain(*array, str(key, ": expected at least one"));
  return out;
}

std::vector<std::uint64_t> Reader::seeds() const {
  std::vector<std::uint64_t> out;
  const Toml* array = get("seeds", Toml::Kind::array);
  if (!array) return out;
  for (const Toml& item : array->items)
    guard(item, [&] {
      std::uint64_t seed = 0;
      parse_field("seeds", item.value, seed);
      check(seed <= INT64_MAX, "seeds: expected at most ", INT64_MAX, ", got ", seed);
      check(std::find(out.begin(), out.end(), seed) == out.end(), "seeds: ", seed, " is there twice");
      out.push_back(seed);
    });
  if (array->items.empty()) complain(*array, "seeds: expected at least one");
  return out;
}

std::string Reader::limit() const {
  const Toml* value = get("limit", Toml::Kind::number);
  if (value && !(number("limit", 0.0) > 0)) complain(*value, "limit: expected a number of rows or a share below 1");
  return value ? value->value : "";
}

void Reader::expect_one_of(std::string_view key, const std::string& value,
                           const std::vector<std::string>& names) const {
  if (std::find(names.begin(), names.end(), value) != names.end()) return;
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  const Toml* at = table_.find(key);
  complain(at ? *at : table_,
           str(key, ": expected one of ", list, ", got \"", value, "\"", did_you_mean(value, names)));
}

void Reader::expect_plain_name(const Toml& at, const std::string& name) const {
  const bool plain = !name.empty() &&
                     name.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_-.") == std::string::npos &&
                     name[0] != '.';
  if (!plain) complain(at, "name: expected letters, digits, _ - ., got \"" + name + "\"");
}

int Reader::line_of(std::string_view key) const {
  const Toml* value = table_.find(key);
  return value ? value->line : table_.line;
}

std::vector<Assignment> section_assignments(const Reader& reader, const std::vector<std::string>& other_tables) {
  Toml sections;
  for (const auto& member : reader.table().members)
    if (member.second.kind == Toml::Kind::table &&
        std::find(other_tables.begin(), other_tables.end(), member.first) == other_tables.end())
      sections.members.push_back(member);
  std::vector<Assignment> out;
  reader.complaints().guard(reader.line(), [&] { out = config_assignments(sections, reader.complaints().file()); });
  return out;
}

void check_assignments(Complaints& complaints, int line, const std::vector<Assignment>& values) {
  try {
    resolve_config(values);
    return;
  } catch (const Error&) {
  }
  bool blamed = false;
  for (const Assignment& value : values)  // each alone: those that no other value excuses are to blame
    blamed = !complaints.guard(line_in(value.origin), [&] { resolve_config({value}); }) || blamed;
  if (!blamed) complaints.guard(line, [&] { resolve_config(values); });
}

}  // namespace mueca
