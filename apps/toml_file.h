// TOML as run configurations and study manifests use it: a plain tree with line numbers, so that every later complaint
// can name its place. The parser library is seen by toml_file.cpp alone.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mueca {

struct Toml {
  enum class Kind { text, number, boolean, array, table };
  Kind kind = Kind::table;
  int line = 0;             // 1-based
  std::string value;        // text as it is; numbers as std::from_chars reads them; "true" or "false"
  std::vector<Toml> items;  // of an array
  std::vector<std::pair<std::string, Toml>> members;  // of a table, in the file's order

  const Toml* find(std::string_view key) const;  // nullptr when the table has no such member
  bool is_scalar() const { return kind == Kind::text || kind == Kind::number || kind == Kind::boolean; }
};

std::string_view name_of(Toml::Kind kind);  // "a string", "an array" ...

// Throws Error "FILE:LINE: ..." for a file that is not TOML, larger than 1 MiB, deeper than 16, or holds dates.
Toml read_toml(const std::filesystem::path& path);
Toml parse_toml(std::string_view text, const std::string& name);  // `name` stands for the file in errors

std::string toml_string(std::string_view text);  // "quoted", escaped

}  // namespace mueca
