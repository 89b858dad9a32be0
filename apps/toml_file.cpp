#include "apps/toml_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"
#include "core/files/atomic_file.h"
#include "nn/fields.h"

namespace mueca {
namespace {

constexpr std::size_t kLargest = 1 << 20;
constexpr int kDeepest = 16;

Toml convert(const toml::node& node, const std::string& name, int depth) {
  Toml out;
  out.line = static_cast<int>(node.source().begin.line);
  check(depth <= kDeepest, name, ":", out.line, ": nested deeper than ", kDeepest);
  if (const auto* table = node.as_table()) {
    out.kind = Toml::Kind::table;
    for (const auto& [key, value] : *table) out.members.emplace_back(key.str(), convert(value, name, depth + 1));
    // The library sorts keys; the file's order is what a plan or a table should follow.
    std::stable_sort(out.members.begin(), out.members.end(),
                     [](const auto& a, const auto& b) { return a.second.line < b.second.line; });
  } else if (const auto* array = node.as_array()) {
    out.kind = Toml::Kind::array;
    for (const auto& item : *array) out.items.push_back(convert(item, name, depth + 1));
  } else if (const auto* text = node.as_string()) {
    out.kind = Toml::Kind::text;
    out.value = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.kind = Toml::Kind::number;
    out.value = field_text(integer->get());
  } else if (const auto* real = node.as_floating_point()) {
    out.kind = Toml::Kind::number;
    check(std::isfinite(real->get()), name, ":", out.line, ": a number must be finite");
    out.value = field_text(real->get());
  } else if (const auto* boolean = node.as_boolean()) {
    out.kind = Toml::Kind::boolean;
    out.value = boolean->get() ? "true" : "false";
  } else {
    throw Error(str(name, ":", out.line, ": expected a string, number, boolean, array or table, got a date or time"));
  }
  return out;
}

}  // namespace

const Toml* Toml::find(std::string_view key) const {
  for (const auto& [name, value] : members)
    if (name == key) return &value;
  return nullptr;
}

std::string_view name_of(Toml::Kind kind) {
  switch (kind) {
    case Toml::Kind::text:
      return "a string";
    case Toml::Kind::number:
      return "a number";
    case Toml::Kind::boolean:
      return "a boolean";
    case Toml::Kind::array:
      return "an array";
    case Toml::Kind::table:
      return "a table";
  }
  return "?";
}

Toml parse_toml(std::string_view text, const std::string& name) {
  check(text.size() <= kLargest, name, ": ", text.size(), " bytes; a configuration has at most ", kLargest);
  try {
    const toml::table table = toml::parse(text, name);
    return convert(table, name, 0);
  } catch (const toml::parse_error& error) {
    std::string what(error.description());
    throw Error(str(name, ":", error.source().begin.line, ": ", what, " (column ", error.source().begin.column, ")"));
  }
}

Toml read_toml(const std::filesystem::path& path) { return parse_toml(read_file(path, kLargest), path.string()); }

std::string toml_string(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (byte < 0x20 || byte == 0x7F)
      out += std::string("\\u00") + kHex[byte >> 4] + kHex[byte & 15];
    else
      out += c;
  }
  return out + "\"";
}

}  // namespace mueca
