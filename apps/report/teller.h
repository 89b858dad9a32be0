// Puts a story together block by block: all words from outside pass through here and come out as plain, valid UTF-8;
// anchors and stems are unique; figures are numbered.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/report/story.h"

namespace mueca {

// One line of valid UTF-8 without control characters or bidirectional overrides.
std::string one_line_of(std::string_view words);

// What manifests say: `code` in backticks and **strong words** are marked, the rest is plain.
Words marked_up(std::string_view prose);

class Teller {
 public:
  Teller(std::string name, std::string title);

  void section(const std::string& words) { heading(2, words); }
  void part(const std::string& words) { heading(3, words); }
  void say(Words words) { add(Paragraph{std::move(words), false}); }
  void caution(Words words) { add(Paragraph{std::move(words), true}); }
  void prose(std::string_view text);  // paragraphs of a manifest, apart by blank lines
  void items(std::vector<Words> items);
  void facts(std::vector<std::pair<std::string, Words>> facts) { add(Facts{std::move(facts)}); }
  void finding(Verdict verdict, Words why) { add(Finding{verdict, std::move(why)}); }
  void table(const std::string& stem, Table table);  // left out when it has no rows
  void figure(StoryFigure figure);
  void commands(std::string lines) { add(Commands{std::move(lines)}); }
  void details(std::string summary, std::string lines) { add(Details{std::move(summary), std::move(lines)}); }

  Story finish() { return std::move(story_); }

 private:
  void heading(int level, const std::string& words);
  void add(Block block);
  std::string unique(std::set<std::string>& taken, std::string_view words);

  Story story_;
  std::set<std::string> anchors_, tables_, figures_;
  int figure_number_ = 0;
};

}  // namespace mueca
