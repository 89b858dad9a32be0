#include "apps/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/error.h"

namespace mueca {
namespace {

// Characters, not bytes: UTF-8 continuation bytes take no place. Good for "±" and accents, not for wide scripts.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::size_t> widths_of(const Table& table, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) widths.push_back(width_of(column.name));
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  return widths;
}

std::string padded(const std::string& cell, std::size_t width, bool right) {
  const std::string space(width - std::min(width, width_of(cell)), ' ');
  return right ? space + cell : cell + space;
}

std::vector<std::string> header_of(const Table& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  return names;
}

// Control characters (a class name from a stranger's file) would steer the terminal or break a line.
std::string plain(const std::string& cell) {
  std::string out;
  for (char c : cell) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return out;
}

std::string markdown_cell(const std::string& cell) {
  std::string out;
  for (char c : plain(cell)) {
    if (c == '|' || c == '\\' || c == '<' || c == '*' || c == '_' || c == '`') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  check(cells.size() == columns.size(), "table: ", columns.size(), " columns, but a row of ", cells.size(), " cells");
  rows.push_back(std::move(cells));
}

std::string terminal_table(const Table& table, bool color) {
  auto rows = table.rows;
  for (auto& row : rows)
    for (auto& cell : row) cell = plain(cell);
  const auto widths = widths_of(table, rows);
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i)
      out += (i ? "  " : "") + padded(cells[i], widths[i], table.columns[i].right);
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  };
  std::size_t total = widths.empty() ? 0 : 2 * (widths.size() - 1);
  for (std::size_t width : widths) total += width;

  std::string out = table.title.empty() ? "" : table.title + "\n";
  const std::string header = line(header_of(table));
  out += color ? "\x1b[1m" + header + "\x1b[0m\n" : header + "\n";
  out += std::string(total, '-') + "\n";
  for (const auto& row : rows) out += line(row) + "\n";
  for (const auto& note : table.notes) out += note + "\n";
  return out;
}

std::string markdown_table(const Table& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string out = "|";
    for (const auto& cell : cells) out += " " + cell + " |";
    return out + "\n";
  };
  std::string out = table.title.empty() ? "" : "**" + markdown_cell(table.title) + "**\n\n";
  std::vector<std::string> header, rule;
  for (const Column& column : table.columns) {
    header.push_back(markdown_cell(column.name));
    rule.push_back(column.right ? "---:" : ":---");
  }
  out += line(header) + line(rule);
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (const auto& cell : row) cells.push_back(markdown_cell(cell));
    out += line(cells);
  }
  for (const auto& note : table.notes) out += "\n" + markdown_cell(note) + "\n";
  return out;
}

std::string csv_cell(const std::string& cell) {
  const bool number = !cell.empty() && cell.find_first_not_of("0123456789+-.eE") == std::string::npos;
  std::string text =
      !number && !cell.empty() && std::string("=+-@\t\r").find(cell[0]) != std::string::npos ? "'" + cell : cell;
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_table(const Table& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) out += (i ? "," : "") + csv_cell(cells[i]);
    return out + "\n";
  };
  std::string out = line(header_of(table));
  for (const auto& row : table.rows) out += line(row);
  return out;
}

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string percent(double share, int digits) { return fixed(100 * share, digits); }

}  // namespace mueca
