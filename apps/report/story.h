// What a study has to tell, as a list of blocks: written once (tell.h), rendered as a page (html.h) and as a notebook
// (notebook.h). Blocks hold plain text; only renderers know how their format escapes it.
#pragma once
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "apps/study/results.h"
#include "apps/table.h"

namespace mueca {

// A piece of a sentence.
struct Span {
  enum class Kind { plain, strong, code };
  std::string words;
  Kind kind = Kind::plain;

  Span(std::string text, Kind k = Kind::plain) : words(std::move(text)), kind(k) {}
  Span(const char* text) : words(text) {}
};
using Words = std::vector<Span>;
inline Span strong(std::string words) { return {std::move(words), Span::Kind::strong}; }
inline Span code(std::string words) { return {std::move(words), Span::Kind::code}; }

struct Heading {
  int level = 2;  // 2 a section, 3 a part of one
  std::string words;
  std::string anchor;  // unique in the story; see slug_of
};

struct Paragraph {
  Words words;
  bool caution = false;  // set apart: what must not be overlooked
};

struct Items {
  std::vector<Words> items;
};

// Terms and what is to be said of each.
struct Facts {
  std::vector<std::pair<std::string, Words>> facts;
};

struct Finding {
  Verdict verdict = Verdict::not_comparable;
  Words why;
};

struct StoryTable {
  std::string stem;  // of its CSV; unique in the story
  Table table;       // its title is the caption
};

struct StoryFigure {
  std::string stem;  // of its files; unique in the story
  std::string title, caption;
  std::string svg, png;          // the files' bytes; the PNG at kPngScale
  bool contains_images = false;  // single pictures of the data set: not everybody may pass them on
  int number = 0;                // in the story, from 1
};
inline constexpr double kPngScale = 1;

struct Commands {
  std::string lines;  // for a shell
};

// Folded away where the format can.
struct Details {
  std::string summary;
  std::string lines;  // as they are, in a fixed pitch
};

using Block = std::variant<Heading, Paragraph, Items, Facts, Finding, StoryTable, StoryFigure, Commands, Details>;

struct Story {
  std::string name, title;
  std::vector<Block> blocks;
};

// Letters, digits, underscores and single hyphens, lower case, at most 48 bytes; "x" for what has none.
std::string slug_of(std::string_view words);

}  // namespace mueca
