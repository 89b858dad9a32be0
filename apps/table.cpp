#include "apps/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

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

std::string latex_cell(const std::string& cell) {
  static const std::map<std::string, std::string> kSpecial = {{"\\", "\\textbackslash{}"},
                                                              {"~", "\\textasciitilde{}"},
                                                              {"^", "\\textasciicircum{}"},
                                                              {"&", "\\&"},
                                                              {"%", "\\%"},
                                                              {"$", "\\$"},
                                                              {"#", "\\#"},
                                                              {"_", "\\_"},
                                                              {"{", "\\{"},
                                                              {"}", "\\}"},
                                                              {"<", "$<$"},
                                                              {">", "$>$"},
                                                              {"|", "$|$"},
                                                              {"\"", "''"},
                                                              {"\u00b1", "$\\pm$"},
                                                              {"\u2013", "--"},
                                                              {"\u03ba", "$\\kappa$"},
                                                              {"\u00d7", "$\\times$"}};
  std::string out;
  const std::string text = plain(cell);
  for (std::size_t at = 0, end = 0; at < text.size(); at = end) {
    for (end = at + 1; end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++end) continue;
    const std::string character = text.substr(at, end - at);
    const auto special = kSpecial.find(character);
    out += special == kSpecial.end() ? character : special->second;
  }
  return out;
}

// The rows in one notation: each cell escaped, bold ones between the two marks, each row made a line by `line`.
template <class Escape, class Line>
std::string body_of(const Table& table, const Escape& escape, const std::pair<std::string, std::string>& bold,
                    const Line& line) {
  std::string out;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < table.rows[row].size(); ++i) {
      const std::string cell = escape(table.rows[row][i]);
      cells.push_back(table.bold.contains({row, i}) ? bold.first + cell + bold.second : cell);
    }
    out += line(cells);
  }
  return out;
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  check(cells.size() == columns.size(), "table: ", columns.size(), " columns, but a row of ", cells.size(), " cells");
  rows.push_back(std::move(cells));
}

void drop_empty_columns(Table& table) {
  for (std::size_t i = table.columns.size(); i-- > 0;) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    const auto empty = [&](const std::vector<std::string>& row) { return row[i] == "-"; };
    if (table.rows.empty() || !std::ranges::all_of(table.rows, empty)) continue;
    table.columns.erase(table.columns.begin() + at);
    for (auto& row : table.rows) row.erase(row.begin() + at);
    std::set<std::pair<std::size_t, std::size_t>> bold;
    for (const auto& [row, column] : table.bold) bold.insert({row, column > i ? column - 1 : column});
    table.bold = bold;
  }
}

std::string terminal_table(const Table& table, bool color) {
  auto rows = table.rows;
  for (auto& row : rows)
    for (auto& cell : row) cell = plain(cell);
  const auto widths = widths_of(table, rows);
  const auto line = [&](const std::vector<std::string>& cells, std::size_t row) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string cell = padded(cells[i], widths[i], table.columns[i].right);
      out += (i ? "  " : "") + (color && table.bold.contains({row, i}) ? "\x1b[1m" + cell + "\x1b[0m" : cell);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  };
  std::size_t total = widths.empty() ? 0 : 2 * (widths.size() - 1);
  for (std::size_t width : widths) total += width;

  std::string out = table.title.empty() ? "" : table.title + "\n";
  const std::string header = line(header_of(table), rows.size());
  out += color ? "\x1b[1m" + header + "\x1b[0m\n" : header + "\n";
  out += std::string(total, '-') + "\n";
  for (std::size_t i = 0; i < rows.size(); ++i) out += line(rows[i], i) + "\n";
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
  out += body_of(table, markdown_cell, {"**", "**"}, [&](const auto& cells) { return line(cells); });
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

std::string latex_table(const Table& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) out += (i ? " & " : "") + cells[i];
    return out + " \\\\\n";
  };
  std::string kinds;
  std::vector<std::string> header;
  for (const Column& column : table.columns) {
    kinds += column.right ? 'r' : 'l';
    header.push_back(latex_cell(column.name));
  }
  std::string out = "\\begin{table}\n\\centering\n";
  if (!table.title.empty()) out += "\\caption{" + latex_cell(table.title) + "}\n";
  out += "\\begin{tabular}{" + kinds + "}\n\\toprule\n" + line(header) + "\\midrule\n" +
         body_of(table, latex_cell, {"\\textbf{", "}"}, line) + "\\bottomrule\n\\end{tabular}\n";
  for (const auto& note : table.notes) out += "\\par\\smallskip\\footnotesize " + latex_cell(note) + "\n";
  return out + "\\end{table}\n";
}

std::string html_text(const std::string& text) {
  std::string out;
  for (char c : plain(text))
    out += c == '&'    ? "&amp;"
           : c == '<'  ? "&lt;"
           : c == '>'  ? "&gt;"
           : c == '"'  ? "&quot;"
           : c == '\'' ? "&#x27;"
                       : std::string(1, c);
  return out;
}

std::string html_table(const Table& table) {
  const auto attributes = [&](std::size_t i) { return table.columns[i].right ? " align=\"right\"" : ""; };
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out = "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      out += i == 0 ? "<th scope=\"row\">" + cells[i] + "</th>" : str("<td", attributes(i), ">", cells[i], "</td>");
    return out + "</tr>\n";
  };
  std::string out = "<table>\n";
  if (!table.title.empty()) out += "<caption>" + html_text(table.title) + "</caption>\n";
  out += "<thead>\n<tr>";
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    out += str("<th scope=\"col\"", attributes(i), ">", html_text(table.columns[i].name), "</th>");
  out += "</tr>\n</thead>\n<tbody>\n" + body_of(table, html_text, {"<strong>", "</strong>"}, line) +
         "</tbody>\n</table>\n";
  for (const auto& note : table.notes) out += "<p class=\"note\">" + html_text(note) + "</p>\n";
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
