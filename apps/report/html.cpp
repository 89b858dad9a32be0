#include "apps/report/html.h"

#include <algorithm>

#include "apps/report/html_style.h"
#include "core/error.h"
#include "core/files/base64.h"
#include "core/files/sha256.h"

namespace mueca {
namespace {

constexpr std::size_t kLargestInline = 128 << 10;  // SVG of more bytes goes in as a PNG when that is smaller

std::string words_html(const Words& words) {
  std::string out;
  for (const Span& span : words) {
    const char* tag = span.kind == Span::Kind::strong ? "strong" : span.kind == Span::Kind::code ? "code" : nullptr;
    out += tag ? str("<", tag, ">", html_text(span.words), "</", tag, ">") : html_text(span.words);
  }
  return out;
}

std::string lines_html(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    out += html_text(std::string(lines.substr(0, end))) + (end < lines.size() ? "\n" : "");
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

// From hexadecimal digits to what a Content-Security-Policy wants.
std::string csp_hash(std::string_view bytes) {
  const std::string hex = sha256_of(bytes);
  std::string raw;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    raw += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "'sha256-" + base64(raw) + "'";
}

std::string picture_html(const StoryFigure& f) {
  const std::string alt = html_text(f.caption.empty() ? f.title : f.title + ". " + f.caption);
  if (f.svg.size() <= kLargestInline || f.svg.size() <= f.png.size() * 4 / 3)
    return "<div class=\"picture\" role=\"img\" aria-label=\"" + alt + "\">" + f.svg + "</div>";
  return "<div class=\"picture\"><img alt=\"" + alt + "\" src=\"data:image/png;base64," + base64(f.png) + "\"></div>";
}

std::string badge(Verdict verdict) {
  const char* kind = verdict == Verdict::reproduced ? "yes" : verdict == Verdict::not_reproduced ? "no" : "open";
  return str("<span class=\"badge ", kind, "\">", name_of(verdict), "</span>");
}

struct Renderer {
  std::string operator()(const Heading& b) const {
    return str("<h", b.level, " id=\"", html_text(b.anchor), "\">", html_text(b.words), "</h", b.level, ">\n");
  }
  std::string operator()(const Paragraph& b) const {
    return str(b.caution ? "<p class=\"caution\">" : "<p>", words_html(b.words), "</p>\n");
  }
  std::string operator()(const Items& b) const {
    std::string out = "<ul>\n";
    for (const Words& item : b.items) out += "<li>" + words_html(item) + "</li>\n";
    return out + "</ul>\n";
  }
  std::string operator()(const Facts& b) const {
    std::string out = "<dl>\n";
    for (const auto& [term, words] : b.facts)
      out += "<dt>" + html_text(term) + "</dt><dd>" + words_html(words) + "</dd>\n";
    return out + "</dl>\n";
  }
  std::string operator()(const Finding& b) const {
    return "<p class=\"finding\">" + badge(b.verdict) + " " + words_html(b.why) + "</p>\n";
  }
  // Wide tables scroll by themselves; a keyboard can reach what scrolls.
  std::string operator()(const StoryTable& b) const {
    Table table = b.table;
    table.notes.clear();
    std::string out = "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"" + html_text(b.table.title) +
                      "\">\n" + html_table(table) + "</div>\n";
    for (const std::string& note : b.table.notes) out += "<p class=\"note\">" + html_text(note) + "</p>\n";
    return out;
  }
  std::string operator()(const StoryFigure& b) const {
    return str("<figure id=\"figure-", b.number, "\">\n", picture_html(b), "\n<figcaption><strong>Figure ", b.number,
               ".</strong> ", html_text(b.title), b.caption.empty() ? "" : ". " + html_text(b.caption),
               "</figcaption>\n</figure>\n");
  }
  std::string operator()(const Commands& b) const {
    return "<pre class=\"commands\"><code>" + lines_html(b.lines) + "</code></pre>\n";
  }
  std::string operator()(const Details& b) const {
    return "<details><summary>" + html_text(b.summary) + "</summary><pre><code>" + lines_html(b.lines) +
           "</code></pre></details>\n";
  }
};

// Sections, and the parts of each in one line below it.
std::string contents(const Story& story) {
  std::string out;
  bool parts = false;
  for (const Block& block : story.blocks) {
    const auto* heading = std::get_if<Heading>(&block);
    if (!heading) continue;
    const std::string link = "<a href=\"#" + html_text(heading->anchor) + "\">" + html_text(heading->words) + "</a>";
    if (heading->level == 2) {
      if (!out.empty()) out += parts ? "</ul></li>\n" : "</li>\n";
      parts = false;
      out += "<li>" + link;
    } else {
      if (!parts) out += "<ul>";
      parts = true;
      out += "<li>" + link + "</li>";
    }
  }
  if (!out.empty()) out += parts ? "</ul></li>\n" : "</li>\n";
  return "<nav aria-label=\"Contents\">\n<ol>\n" + out + "</ol>\n</nav>\n";
}

}  // namespace

std::string story_html(const Story& story) {
  const std::string title = html_text(story.title);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src " +
      csp_hash(kStyle) +
      "; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
      title + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<header>\n<p>mueca study " +
      html_text(story.name) + "</p>\n<h1>" + title + "</h1>\n</header>\n" + contents(story) + "<main>\n";
  bool section = false;
  for (const Block& block : story.blocks) {
    const auto* heading = std::get_if<Heading>(&block);
    if (heading && heading->level == 2) {
      out += section ? "</section>\n<section>\n" : "<section>\n";
      section = true;
    }
    out += std::visit(Renderer(), block);
  }
  return out + (section ? "</section>\n" : "") + "</main>\n</body>\n</html>\n";
}

}  // namespace mueca
