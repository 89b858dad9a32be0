#include "data/votes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "data/csv_reader.h"
#include "data/label_map.h"

namespace mueca {
namespace {

constexpr int kNonFace = Pack::kVotes - 1;
constexpr int kMostVotes = 10;
constexpr std::size_t kMostRows = 10'000'000;

struct VoteFile {
  std::vector<std::uint8_t> votes;      // [rows, 10]
  std::vector<std::string_view> split;  // [rows]
};

int column_of(const CsvReader& csv, const std::string& wanted) {
  const auto found = std::find(csv.header().begin(), csv.header().end(), lowercase(wanted));
  check(found != csv.header().end(), csv.name(), ":1: column \"", wanted,
        "\" is missing, expected Usage and the ten "
        "votes of fer2013new.csv");
  return static_cast<int>(found - csv.header().begin());
}

VoteFile read_votes(CsvReader& csv) {
  const int usage = column_of(csv, "Usage");
  std::array<int, Pack::kVotes> column{};
  for (std::size_t k = 0; k < column.size(); ++k) column[k] = column_of(csv, vote_names()[k]);
  VoteFile file;
  while (csv.next()) {
    check(file.split.size() < kMostRows, csv.name(), ": more than ", kMostRows, " rows");
    file.split.push_back(canonical_split(csv.field(usage)));
    for (const int k : column) {
      const std::string_view text = csv.field(k);
      unsigned count = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
      if (error != std::errc() || end != text.data() + text.size() || count > kMostVotes)
        csv.fail(text.data(), str("\"", text.substr(0, 40), "\" is not a number of votes from 0 to ", kMostVotes));
      file.votes.push_back(static_cast<std::uint8_t>(count));
    }
  }
  return file;
}

std::span<const std::uint8_t> votes_of(const Pack& pack, Index row) {
  check(pack.has_votes(), "votes: the pack has none; import the CSV together with fer2013new.csv");
  return std::span(pack.votes).subspan(static_cast<std::size_t>(row) * Pack::kVotes, Pack::kVotes);
}

}  // namespace

void attach_votes(Pack& pack, const std::filesystem::path& path) {
  check(pack.source_names.size() == 1, "votes: expected a pack of one source, got ", pack.source_names.size());
  CsvReader csv(path);
  const VoteFile file = read_votes(csv);
  std::vector<std::uint8_t> votes(static_cast<std::size_t>(pack.size()) * Pack::kVotes);
  for (std::size_t i = 0; i < static_cast<std::size_t>(pack.size()); ++i) {
    const std::size_t row = pack.row[i];
    check(row < file.split.size(), path.string(), ": has ", file.split.size(), " rows, but ", pack.source_names[0],
          " has a row ", row);
    const std::string& split = pack.split_names[pack.split[i]];
    check(file.split[row] == split, path.string(), ": row ", row, " is of ", file.split[row], ", but in ",
          pack.source_names[0], " of ", split, ": the files do not belong together");
    std::copy_n(file.votes.begin() + static_cast<std::ptrdiff_t>(row * Pack::kVotes), Pack::kVotes,
                votes.begin() + static_cast<std::ptrdiff_t>(i * Pack::kVotes));
  }
  pack.votes = std::move(votes);
  pack.provenance += str("votes: ", path.filename().string(), " sha256 ", csv.sha256(), "\n");
}

int majority_class(const Pack& pack, Index row) {
  static const auto class_of_vote = [] {
    std::array<int, Pack::kVotes> of{};
    for (std::size_t k = 0; k < of.size(); ++k) of[k] = LabelMap().find(vote_names()[k]);
    return of;
  }();
  std::array<int, Pack::kVotes> count{};
  const auto votes = votes_of(pack, row);
  std::transform(votes.begin(), votes.end(), count.begin(), [](int n) { return n > 1 ? n : 0; });
  const auto top = std::max_element(count.begin(), count.end());
  if (2 * *top <= std::accumulate(count.begin(), count.end(), 0)) return -1;
  const int emotion = class_of_vote[static_cast<std::size_t>(top - count.begin())];
  if (emotion < 0) return -1;
  const auto& names = pack.class_names;
  const auto found = std::find(names.begin(), names.end(), emotion_names()[static_cast<std::size_t>(emotion)]);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

std::vector<Index> rows_with_majority(const Pack& pack) {
  std::vector<Index> rows;
  for (Index i = 0; i < pack.size(); ++i)
    if (majority_class(pack, i) >= 0) rows.push_back(i);
  return rows;
}

void relabel_by_majority(Pack& pack) {
  for (Index i = 0; i < pack.size(); ++i) {
    const int label = majority_class(pack, i);
    check(label >= 0, "votes: row ", i, " has no majority for a class of the pack");
    pack.label[static_cast<std::size_t>(i)] = label;
  }
  pack.provenance += "relabelled by the majority of the votes\n";
}

std::vector<Index> rows_with_faces(const Pack& pack) {
  std::vector<Index> rows;
  for (Index i = 0; i < pack.size(); ++i) {
    const auto votes = votes_of(pack, i);
    const int all = std::accumulate(votes.begin(), votes.end(), 0);
    if (all == 0 || votes[kNonFace] != all) rows.push_back(i);
  }
  return rows;
}

}  // namespace mueca
