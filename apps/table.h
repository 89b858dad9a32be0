// One table model and its renderings. A command fills a Table once; where it goes decides how it looks.
#pragma once
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mueca {

struct Column {
  std::string name;
  bool right = true;  // numbers to the right, words to the left
};

struct Table {
  std::string title;  // may be empty
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;               // as many cells as columns, UTF-8, one line each
  std::vector<std::string> notes;                           // below the table; not in the CSV
  std::set<std::pair<std::size_t, std::size_t>> bold = {};  // cells by row and column; not in the CSV

  // Throws Error when the number of cells differs from the number of columns.
  void add(std::vector<std::string> cells);
};

void drop_empty_columns(Table& table);  // those where every row says "-"

std::string terminal_table(const Table& table, bool color);  // aligned columns, header in bold when `color`
std::string markdown_table(const Table& table);              // GitHub's pipe tables, cells escaped
std::string csv_table(const Table& table);                   // RFC 4180, header first, LF
std::string latex_table(const Table& table);                 // a float of package booktabs, cells escaped
std::string html_table(const Table& table);                  // <table> with its caption, then its notes; cells escaped
std::string html_text(const std::string& text);              // escaped, for content and quoted attributes

std::string fixed(double value, int digits);    // 0.6512, 2 -> "0.65"; not a number -> "-"
std::string percent(double share, int digits);  // 0.6512, 1 -> "65.1"
// A cell that starts a formula in a spreadsheet gets a leading quote; commas, quotes and line ends are quoted.
std::string csv_cell(const std::string& cell);

}  // namespace mueca
