// Reads one table of a manifest, and collects what is wrong with it: all complaints come at once, in the file's order.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apps/run_config.h"
#include "core/error.h"
#include "nn/fields.h"

namespace mueca {

class Complaints {
 public:
  explicit Complaints(std::string file) : file_(std::move(file)) {}

  const std::string& file() const { return file_; }
  void add(int line, const std::string& sentence);  // "FILE:LINE: sentence"
  // Runs `work`; an Error whose text starts with FILE:LINE stands as it is, another gets `line`.
  template <class Work>
  bool guard(int line, const Work& work) {
    try {
      work();
      return true;
    } catch (const Error& error) {
      add_text(line, error.what());
      return false;
    }
  }
  bool empty() const { return list_.empty(); }
  std::string text() const;   // one line each, in the order of the file's lines
  void throw_if_any() const;  // Error(text())

 private:
  void add_text(int line, const std::string& text);
  struct Entry {
    int line;
    std::string text;
  };
  std::string file_;
  std::vector<Entry> list_;
};

class Reader {
 public:
  Reader(Complaints& complaints, const Toml& table, std::string what)
      : complaints_(complaints), table_(table), what_(std::move(what)) {}

  void complain(const Toml& at, const std::string& sentence) const {
    complaints_.add(at.line, what_ + ": " + sentence);
  }
  // Runs `work`; what an Error says becomes a complaint about `at`.
  template <class Work>
  void guard(const Toml& at, const Work& work) const {
    try {
      work();
    } catch (const Error& error) {
      complain(at, error.what());
    }
  }
  // Complains about every member that is none of `keys`; with `sections`, tables are somebody else's.
  void expect_keys(const std::vector<std::string>& keys, bool sections = false) const;

  const Toml* find(std::string_view key) const { return table_.find(key); }
  const Toml* get(std::string_view key, Toml::Kind kind) const;  // nullptr also after a complaint
  std::string text(std::string_view key) const;                  // empty when it is not there
  bool flag(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;  // an array of strings
  std::vector<std::uint64_t> seeds() const;                    // the array "seeds"; empty when it is not there
  std::string limit() const;                                   // "limit": so many rows or a share; empty: not there
  template <class T>
  T number(std::string_view key, T otherwise) const {
    if (const Toml* value = get(key, Toml::Kind::number))
      guard(*value, [&] { parse_field(key, value->value, otherwise); });
    return otherwise;
  }
  void expect_one_of(std::string_view key, const std::string& value, const std::vector<std::string>& names) const;
  // A name that also becomes one of a folder.
  void expect_plain_name(const Toml& at, const std::string& name) const;
  int line_of(std::string_view key) const;  // the key's, else the table's
  int line() const { return table_.line; }
  Complaints& complaints() const { return complaints_; }
  const Toml& table() const { return table_; }

 private:
  Complaints& complaints_;
  const Toml& table_;
  std::string what_;
};

// The assignments of a table's sections; scalars in it are left to others.
std::vector<Assignment> section_assignments(const Reader& reader, const std::vector<std::string>& other_tables = {});

// Complains about values that make no configuration, at the line of each that is to blame, else at `line`.
void check_assignments(Complaints& complaints, int line, const std::vector<Assignment>& values);

}  // namespace mueca
