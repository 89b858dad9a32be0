#include "apps/report/teller.h"

#include "apps/chat/text.h"
#include "core/error.h"

namespace mueca {
namespace {

void clean(std::string& words) { words = one_line_of(words); }
void clean(Words& words) {
  for (Span& span : words) {
    // A blank at an end belongs to the sentence: "trained on " + code.
    const bool before = span.words.starts_with(' '), after = span.words.size() > 1 && span.words.ends_with(' ');
    clean(span.words);
    if (span.kind == Span::Kind::plain) span.words = (before ? " " : "") + span.words + (after ? " " : "");
  }
}

// Line ends stay, other control characters go.
std::string lines_of(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) out += c == '\t' ? ' ' : c;
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

struct Cleaner {
  void operator()(Heading& b) const { clean(b.words); }
  void operator()(Paragraph& b) const { clean(b.words); }
  void operator()(Items& b) const {
    for (Words& item : b.items) clean(item);
  }
  void operator()(Facts& b) const {
    for (auto& [term, words] : b.facts) clean(term), clean(words);
  }
  void operator()(Finding& b) const { clean(b.why); }
  void operator()(StoryTable& b) const {
    clean(b.table.title);
    for (Column& column : b.table.columns) clean(column.name);
    for (auto& row : b.table.rows)
      for (std::string& cell : row) clean(cell);
    for (std::string& note : b.table.notes) clean(note);
  }
  void operator()(StoryFigure& b) const { clean(b.title), clean(b.caption); }
  void operator()(Commands& b) const { b.lines = lines_of(b.lines); }
  void operator()(Details& b) const { clean(b.summary), b.lines = lines_of(b.lines); }
};

}  // namespace

std::string one_line_of(std::string_view words) {
  std::string out;
  for (const char c : printable(words)) {
    const bool blank = c == '\n' || c == '\t' || c == ' ';
    if (!blank) out += c;
    if (blank && !out.empty() && out.back() != ' ') out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

Words marked_up(std::string_view prose) {
  Words out;
  while (!prose.empty()) {
    const std::size_t at = std::min(prose.find('`'), prose.find("**"));
    const std::string_view mark = at == std::string_view::npos ? "" : prose[at] == '`' ? "`" : "**";
    const std::size_t end = mark.empty() ? at : prose.find(mark, at + mark.size());
    if (end == std::string_view::npos) {  // no mark, or one that nothing closes
      out.emplace_back(std::string(prose));
      break;
    }
    if (at > 0) out.emplace_back(std::string(prose.substr(0, at)));
    out.emplace_back(std::string(prose.substr(at + mark.size(), end - at - mark.size())),
                     mark == "`" ? Span::Kind::code : Span::Kind::strong);
    prose.remove_prefix(end + mark.size());
  }
  return out;
}

Teller::Teller(std::string name, std::string title) {
  story_.name = std::move(name), story_.title = one_line_of(title);
}

void Teller::heading(int level, const std::string& words) { add(Heading{level, words, unique(anchors_, words)}); }

void Teller::prose(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    if (!one_line_of(text.substr(0, end)).empty()) say(marked_up(text.substr(0, end)));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
}

void Teller::items(std::vector<Words> items) {
  if (!items.empty()) add(Items{std::move(items)});
}

void Teller::table(const std::string& stem, Table table) {
  if (!table.rows.empty()) add(StoryTable{unique(tables_, stem), std::move(table)});
}

void Teller::figure(StoryFigure figure) {
  figure.stem = unique(figures_, figure.stem);
  figure.number = ++figure_number_;
  add(std::move(figure));
}

void Teller::add(Block block) {
  std::visit(Cleaner(), block);
  story_.blocks.push_back(std::move(block));
}

std::string Teller::unique(std::set<std::string>& taken, std::string_view words) {
  const std::string slug = slug_of(words);
  std::string name = slug;
  for (int i = 2; !taken.insert(name).second; ++i) name = str(slug, "-", i);
  return name;
}

}  // namespace mueca
