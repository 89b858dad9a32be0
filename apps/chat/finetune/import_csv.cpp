// MELD (https://github.com/declare-lab/MELD) and EmpatheticDialogues
// (https://github.com/facebookresearch/EmpatheticDialogues).
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "apps/chat/finetune/csv_records.h"
#include "apps/chat/finetune/importer.h"

namespace mueca {
namespace {

struct CsvFormat {
  std::string_view columns;  // those that are read, in the order of Field
  CsvRecords::Quotes quotes;
  Dialogue::Roles roles;
};
enum Field { kDialogue, kPlace, kSpeaker, kEmotion, kText, kFields };

// MELD quotes as RFC 4180 says. EmpatheticDialogues does not quote: commas are "_comma_", a '"' is a '"'; its
// `context` is the emotion of the situation that speaker one tells of, `prompt` that situation.
const CsvFormat& csv_format(DialogueFormat format) {
  static constexpr CsvFormat kMeld{"dialogue_id,utterance_id,speaker,emotion,utterance", CsvRecords::Quotes::rfc4180,
                                   Dialogue::Roles::nobody_helps};
  static constexpr CsvFormat kEmpathetic{"conv_id,utterance_idx,speaker_idx,context,utterance",
                                         CsvRecords::Quotes::literal, Dialogue::Roles::user_and_assistant};
  return format == DialogueFormat::meld ? kMeld : kEmpathetic;
}

std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> out;
  for (std::size_t comma; !names.empty(); names.remove_prefix(std::min(comma + 1, names.size()))) {
    comma = std::min(names.find(','), names.size());
    out.emplace_back(names.substr(0, comma));
  }
  return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

class CsvImport {
 public:
  CsvImport(const std::filesystem::path& path, DialogueFormat format, Importer& importer)
      : csv_(path),
        format_(csv_format(format)),
        empathetic_(format == DialogueFormat::empathetic_dialogues),
        importer_(importer) {
    csv_.set_quotes(format_.quotes);
    check(csv_.next(), csv_.name(), ": is empty, expected the columns ", format_.columns);
    columns_ = csv_.fields().size();
    const auto names = split_names(format_.columns);
    for (int f = 0; f < kFields; ++f)
      for (std::size_t c = 0; c < columns_; ++c)
        if (lowercase(csv_.fields()[c]) == names[static_cast<std::size_t>(f)]) {
          check(!column_[f], csv_.name(), ":", csv_.line(), ": column \"", names[static_cast<std::size_t>(f)],
                "\" is there twice");
          column_[f] = c;
        }
    for (int f = 0; f < kFields; ++f)
      check(column_[f].has_value(), csv_.name(), ":", csv_.line(), ": column \"", names[static_cast<std::size_t>(f)],
            "\" is missing, expected ", format_.columns, " among the columns");
  }

  void run() {
    for (;;) {
      try {
        if (!csv_.next()) break;
      } catch (const BadRecord& problem) {  // any other Error is the file's: reading on would meet it again
        importer_.attempt([&] { throw problem; });
        continue;
      }
      importer_.attempt([&] { add_row(); });
    }
    order_turns();
  }

 private:
  struct Rows {
    std::size_t dialogue;                 // of the importer
    std::map<Index, Index> lines;         // place within the dialogue -> line
    std::map<std::string, int> speakers;  // name -> number; stays here
    std::vector<Index> places;            // of each turn
  };

  const std::string& field(Field f) const { return csv_.fields()[*column_[f]]; }

  void add_row() {
    const std::size_t got = csv_.fields().size();
    // EmpatheticDialogues' validation and test files have a ninth field that their header does not name.
    if (got != columns_ && !(empathetic_ && got == columns_ + 1))
      csv_.fail(str("expected ", columns_, " fields, got ", got));
    const Index line = csv_.line(), place = number(field(kPlace));
    const int emotion = importer_.emotion(field(kEmotion), line);
    const std::string& id = field(kDialogue);
    if (id.empty() || id.size() > 200) csv_.fail("the dialogue's id is empty or longer than 200 bytes");
    auto [at, fresh] = rows_.try_emplace(id);
    Rows& rows = at->second;
    if (fresh) {
      rows.dialogue = importer_.dialogues();
      importer_.begin(line, format_.roles);
    }
    if (const auto twin = rows.lines.find(place); twin != rows.lines.end())
      csv_.fail(str("utterance ", place, " of this dialogue is there already, in line ", twin->second));
    const auto speaker = rows.speakers.try_emplace(field(kSpeaker), static_cast<int>(rows.speakers.size())).first;
    if (empathetic_ && speaker->second > 1) csv_.fail("a third speaker, expected a speaker and a listener");
    const std::string text = empathetic_ ? replaced(field(kText), "_comma_", ",") : field(kText);
    // The label of EmpatheticDialogues is the teller's, not the listener's.
    const bool labelled = !empathetic_ || speaker->second == 0;
    importer_.add_turn(importer_.dialogue(rows.dialogue), speaker->second, text, labelled ? emotion : Turn::kNoEmotion,
                       line);
    rows.lines.emplace(place, line);
    rows.places.push_back(place);
  }

  Index number(const std::string& text) const {
    Index value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
      csv_.fail(str("the utterance's number is \"", text.substr(0, 20), "\", expected 0, 1, 2, ..."));
    return value;
  }

  // By their numbers, whatever the order of the lines.
  void order_turns() {
    for (auto& [id, rows] : rows_) {
      auto& turns = importer_.dialogue(rows.dialogue).turns;
      if (std::is_sorted(rows.places.begin(), rows.places.end())) continue;
      std::vector<std::pair<Index, Turn>> ordered;
      for (std::size_t i = 0; i < turns.size(); ++i) ordered.emplace_back(rows.places[i], std::move(turns[i]));
      std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      for (std::size_t i = 0; i < turns.size(); ++i) turns[i] = std::move(ordered[i].second);
    }
  }

  CsvRecords csv_;
  const CsvFormat& format_;
  bool empathetic_;
  Importer& importer_;
  std::size_t columns_ = 0;
  std::optional<std::size_t> column_[kFields];
  std::map<std::string, Rows> rows_;
};

}  // namespace

std::string_view expected_columns(DialogueFormat csv) { return csv_format(csv).columns; }

void import_csv(const std::filesystem::path& path, DialogueFormat format, Importer& importer) {
  CsvImport(path, format, importer).run();
}

}  // namespace mueca
