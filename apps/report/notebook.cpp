#include "apps/report/notebook.h"

#include <nlohmann/json.hpp>
#include <set>

#include "apps/report/notebook_python.h"
#include "core/error.h"
#include "core/files/base64.h"

namespace mueca {
namespace {

using nlohmann::json;  // sorts its keys, as Jupyter does when it saves

// nbformat keeps texts as lists of lines that keep their ends.
json lines_of(std::string_view text) {
  json lines = json::array();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// A code span of CommonMark (section 6.1): more backticks around than any run within.
std::string code_span(const std::string& words) {
  std::size_t longest = 0, run = 0;
  for (const char c : words) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
  const std::string ticks(longest + 1, '`');
  const bool padded = words.empty() || words.front() == '`' || words.back() == '`';
  return ticks + (padded ? " " : "") + words + (padded ? " " : "") + ticks;
}

std::string words_markdown(const Words& words) {
  std::string out;
  for (const Span& span : words) {
    if (span.kind == Span::Kind::code)
      out += code_span(span.words);
    else if (span.kind == Span::Kind::strong && !span.words.empty())
      out += "**" + markdown_text(span.words) + "**";
    else
      out += markdown_text(span.words);
  }
  return out;
}

// What begins a line must not begin a list, a heading or a rule.
std::string line_of(const Words& words) {
  std::string out = words_markdown(words);
  out.erase(0, std::min(out.find_first_not_of(' '), out.size()));
  const std::size_t digits = out.find_first_not_of("0123456789");
  if (!out.empty() && std::string_view("#-+=").find(out[0]) != std::string_view::npos) return "\\" + out;
  if (digits != std::string::npos && digits > 0 && (out[digits] == '.' || out[digits] == ')')) out.insert(digits, "\\");
  return out;
}

std::string fenced(std::string_view lines, const char* language) {
  std::string fence = "```";
  while (lines.find(fence) != std::string_view::npos) fence += '`';
  return fence + language + "\n" + std::string(lines) + "\n" + fence + "\n";
}

struct Prose {
  std::string operator()(const Heading& b) const {
    return std::string(static_cast<std::size_t>(b.level), '#') + " " + markdown_text(b.words) + "\n";
  }
  std::string operator()(const Paragraph& b) const { return (b.caution ? "> " : "") + line_of(b.words) + "\n"; }
  std::string operator()(const Items& b) const {
    std::string out;
    for (const Words& item : b.items) out += "- " + line_of(item) + "\n";
    return out;
  }
  std::string operator()(const Facts& b) const {
    std::string out;
    for (const auto& [term, words] : b.facts)
      out += "- **" + markdown_text(term) + ":** " + words_markdown(words) + "\n";
    return out;
  }
  std::string operator()(const Finding& b) const {
    const char* mark = b.verdict == Verdict::reproduced ? "✔" : b.verdict == Verdict::not_reproduced ? "✘" : "○";
    return str(mark, " **", name_of(b.verdict), ".** ", words_markdown(b.why), "\n");
  }
  std::string operator()(const Commands& b) const { return fenced(b.lines, "sh"); }
  std::string operator()(const Details& b) const {
    return "**" + markdown_text(b.summary) + "**\n\n" + fenced(b.lines, "");
  }
  std::string operator()(const StoryTable& b) const {  // notes; the table itself is a cell of its own
    std::string out;
    for (const std::string& note : b.table.notes) out += (out.empty() ? "" : "\n") + line_of({note}) + "\n";
    return out;
  }
  std::string operator()(const StoryFigure& b) const {
    return str("**Figure ", b.number, ".** ", markdown_text(b.title),
               b.caption.empty() ? "" : ". " + markdown_text(b.caption), "\n");
  }
};

// Width in pixels of a PNG, from its header.
int png_width(std::string_view png) {
  check(png.size() >= 24 && png.substr(1, 3) == "PNG", "notebook: a figure is no PNG");
  int width = 0;
  for (std::size_t i = 16; i < 20; ++i) width = width << 8 | static_cast<unsigned char>(png[i]);
  return width;
}

class Writer {
 public:
  void prose(std::string words) {
    if (!words.empty()) waiting_ += (waiting_.empty() ? "" : "\n") + std::move(words);
  }
  void anchor(const std::string& words) { anchor_ = words; }

  // Everything that waits, as one Markdown cell.
  void flush() {
    if (waiting_.empty()) return;
    waiting_.pop_back();  // the last line's end
    json cell = {{"cell_type", "markdown"}, {"metadata", json::object()}, {"source", lines_of(waiting_)}};
    cell["id"] = unique("text-" + anchor_);
    cells_.push_back(std::move(cell));
    waiting_.clear();
  }

  void code(const std::string& id, const std::string& source, json data, json metadata = json::object()) {
    flush();
    json outputs = json::array();
    const bool prepares = data.is_null();  // the other cells; folded away
    if (!prepares)
      outputs.push_back({{"output_type", "execute_result"},
                         {"execution_count", ++executed_},
                         {"data", std::move(data)},
                         {"metadata", std::move(metadata)}});
    else
      ++executed_;
    cells_.push_back({{"cell_type", "code"},
                      {"execution_count", executed_},
                      {"id", unique(id)},
                      {"metadata", prepares ? json{{"jupyter", {{"source_hidden", true}}}} : json::object()},
                      {"outputs", std::move(outputs)},
                      {"source", lines_of(source)}});
  }

  json finish() {
    flush();
    return {{"cells", std::move(cells_)},
            {"metadata",
             {{"kernelspec", {{"display_name", "Python 3"}, {"language", "python"}, {"name", "python3"}}},
              {"language_info", {{"file_extension", ".py"}, {"mimetype", "text/x-python"}, {"name", "python"}}}}},
            {"nbformat", 4},
            {"nbformat_minor", 5}};
  }

 private:
  std::string unique(const std::string& wanted) {
    std::string id = wanted.substr(0, 58);
    for (int i = 2; !ids_.insert(id).second; ++i) id = str(wanted.substr(0, 58), "-", i);
    return id;
  }

  json cells_ = json::array();
  std::set<std::string> ids_;
  std::string waiting_, anchor_ = "title";
  int executed_ = 0;
};

void add_table(Writer& to, const StoryTable& block) {
  std::string align;
  for (const Column& column : block.table.columns) align += column.right ? 'r' : 'l';
  Table bare = block.table;
  bare.title.clear(), bare.notes.clear();
  std::string plain = terminal_table(bare, false);
  plain.pop_back();
  if (!block.table.title.empty()) to.prose("**" + markdown_text(block.table.title) + "**\n");
  std::string bold;
  for (const auto& [row, column] : block.table.bold) bold += str(bold.empty() ? "" : ", ", "(", row, ", ", column, ")");
  if (!bold.empty()) bold = ", bold=[" + bold + "]";
  to.code("table-" + block.stem, "Table(\"" + block.stem + "\", \"" + align + "\"" + bold + ")",
          {{"text/html", lines_of(html_table(bare))}, {"text/plain", lines_of(plain)}});
  to.prose(Prose()(block));
}

void add_figure(Writer& to, const StoryFigure& block, bool pictures) {
  if (block.contains_images && !pictures) {
    to.prose(Prose()(block));
    return to.prose("*It is in report.html and in figures/; here it would make the notebook large.*\n");
  }
  const int width = static_cast<int>(png_width(block.png) / kPngScale);
  to.code("figure-" + block.stem, str("Image(\"figures/", block.stem, ".png\", width=", width, ")"),
          {{"image/png", base64(block.png) + "\n"}, {"text/plain", lines_of("<IPython.core.display.Image object>")}},
          {{"image/png", {{"width", width}}}});
  to.prose(Prose()(block));
}

}  // namespace

std::string markdown_text(std::string_view words) {
  std::string out;
  for (const char c : words) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (std::string_view("\\`*_[]{}~|$").find(c) != std::string_view::npos)
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

std::string story_notebook(const Story& story, bool pictures) {
  Writer to;
  to.prose("# " + markdown_text(story.title) + "\n");
  to.prose(kNotebookIntroduction);
  to.code("setup", kNotebookSetup, nullptr);
  for (const Block& block : story.blocks) {
    if (const auto* heading = std::get_if<Heading>(&block)) {
      if (heading->level == 2) to.flush();
      to.anchor(heading->anchor);
    }
    if (const auto* table = std::get_if<StoryTable>(&block))
      add_table(to, *table);
    else if (const auto* figure = std::get_if<StoryFigure>(&block))
      add_figure(to, *figure, pictures);
    else
      to.prose(std::visit(Prose(), block));
  }
  return to.finish().dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace mueca
