#include "data/pack.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "core/files/sha256.h"

namespace mueca {
namespace {

int index_in(const std::vector<std::string>& names, std::string_view name, std::string_view what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    std::string list;
    for (const auto& known : names) list += (list.empty() ? "" : ", ") + known;
    throw Error(str("pack: no ", what, " \"", name, "\", there are: ", list));
  }
  return static_cast<int>(found - names.begin());
}

template <class T>
void check_column(std::string_view where, std::string_view name, const std::vector<T>& column, Index rows,
                  std::size_t values) {
  check(static_cast<Index>(column.size()) == rows, where, ": ", name, ": expected ", rows, " entries, got ",
        column.size());
  for (std::size_t i = 0; i < column.size(); ++i)
    check(column[i] >= 0 && static_cast<std::size_t>(column[i]) < values, where, ": ", name, ": row ", i, " is ",
          +column[i], ", expected 0 to ", static_cast<Index>(values) - 1);
}

void check_names(std::string_view where, std::string_view what, const std::vector<std::string>& names,
                 std::size_t most) {
  check(!names.empty() && names.size() <= most, where, ": expected 1 to ", most, " ", what, " names, got ",
        names.size());
  for (const auto& name : names)
    check(!name.empty() && name.size() <= 200 && name.find_first_of(std::string_view("\n\0", 2)) == std::string::npos,
          where, ": ", what, " names have 1 to 200 characters in one line");
  for (std::size_t i = 0; i < names.size(); ++i)
    check(std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) ==
              names.begin() + static_cast<std::ptrdiff_t>(i),
          where, ": ", what, " name \"", names[i], "\" is there twice");
}

template <class T>
void hash_values(Sha256& hash, std::string_view name, std::span<const T> values) {
  hash.update(str(name, " ", values.size(), "\n"));
  hash.update(std::as_bytes(values));
}

// The frames of a clip lie one after another and show one emotion in one split.
void check_clips(std::string_view where, const Pack& pack) {
  check_column(where, "clip", pack.clip, pack.size(), std::size_t{1} << 32);
  std::unordered_set<std::uint32_t> seen;
  for (std::size_t i = 0; i < pack.clip.size(); ++i) {
    if (pack.clip[i] == 0) continue;
    const bool begins = i == 0 || pack.clip[i - 1] != pack.clip[i];
    check(!begins || seen.insert(pack.clip[i]).second, where, ": clip: the frames of clip ", pack.clip[i],
          " do not lie together: row ", i);
    check(begins || (pack.label[i] == pack.label[i - 1] && pack.split[i] == pack.split[i - 1]), where, ": clip: row ",
          i, " has another label or split than the frame before it");
  }
}

void hash_names(Sha256& hash, std::string_view what, const std::vector<std::string>& names) {
  hash.update(str(what, " ", names.size(), "\n"));
  for (const auto& name : names) hash.update(name + "\n");
}

template <class T>
std::vector<T> chosen(const std::vector<T>& column, std::span<const Index> rows) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (const Index row : rows) out.push_back(column[static_cast<std::size_t>(row)]);
  return out;
}

}  // namespace

const std::vector<std::string>& emotion_names() {
  static const std::vector<std::string> names{"angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"};
  return names;
}

const std::vector<std::string>& vote_names() {
  static const std::vector<std::string> names{"neutral", "happiness", "surprise", "sadness", "anger",
                                              "disgust", "fear",      "contempt", "unknown", "NF"};
  return names;
}

std::span<const std::uint8_t> Pack::image(Index row) const {
  check(row >= 0 && row < size(), "pack: row ", row, " of ", size());
  const std::size_t pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  return images.span<std::uint8_t>().subspan(static_cast<std::size_t>(row) * pixels, pixels);
}

std::span<std::uint8_t> Pack::image(Index row) {
  const auto pixels = std::as_const(*this).image(row);
  return {const_cast<std::uint8_t*>(pixels.data()), pixels.size()};
}

int Pack::class_index(std::string_view name) const { return index_in(class_names, name, "class"); }
int Pack::split_index(std::string_view name) const { return index_in(split_names, name, "split"); }

bool Pack::has_split(std::string_view name) const {
  return std::find(split_names.begin(), split_names.end(), name) != split_names.end();
}

std::vector<Index> Pack::rows_of(std::string_view name) const {
  const int wanted = split_index(name);
  std::vector<Index> rows;
  for (Index i = 0; i < size(); ++i)
    if (split[static_cast<std::size_t>(i)] == wanted) rows.push_back(i);
  return rows;
}

Pack make_pack(Index rows, int height, int width, bool votes) {
  check(rows >= 0 && height > 0 && width > 0, "pack: ", rows, " rows of ", height, " x ", width, " pixels");
  Pack pack;
  pack.height = height;
  pack.width = width;
  pack.images = Tensor({rows, height, width}, DType::u8);
  const auto n = static_cast<std::size_t>(rows);
  pack.label.resize(n);
  pack.split.resize(n);
  pack.source.resize(n);
  pack.row.resize(n);
  pack.copy.resize(n);
  if (votes) pack.votes.resize(n * Pack::kVotes);
  return pack;
}

Pack select_rows(const Pack& pack, std::span<const Index> rows) {
  Pack out = make_pack(static_cast<Index>(rows.size()), pack.height, pack.width, pack.has_votes());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto pixels = pack.image(rows[i]);  // checks the row, too
    std::copy(pixels.begin(), pixels.end(), out.image(static_cast<Index>(i)).begin());
    if (pack.has_votes())
      std::memcpy(&out.votes[i * Pack::kVotes], &pack.votes[static_cast<std::size_t>(rows[i]) * Pack::kVotes],
                  Pack::kVotes);
  }
  out.label = chosen(pack.label, rows);
  out.split = chosen(pack.split, rows);
  out.source = chosen(pack.source, rows);
  out.row = chosen(pack.row, rows);
  out.copy = chosen(pack.copy, rows);
  if (pack.has_clips()) out.clip = chosen(pack.clip, rows);
  out.class_names = pack.class_names;
  out.split_names = pack.split_names;
  out.source_names = pack.source_names;
  out.provenance = pack.provenance;
  return out;
}

void check_pack(const Pack& pack, std::string_view where) {
  const Index rows = pack.size();
  check(pack.images.defined() && pack.images.dtype() == DType::u8, where, ": images are not uint8");
  check(pack.images.shape() == Shape({rows, pack.height, pack.width}), where, ": images: expected [", rows, ", ",
        pack.height, ", ", pack.width, "], got ", pack.images.shape());
  check_names(where, "class", pack.class_names, 1000);
  check_names(where, "split", pack.split_names, 255);
  check_names(where, "source", pack.source_names, 65535);
  check_column(where, "label", pack.label, rows, pack.class_names.size());
  check_column(where, "split", pack.split, rows, pack.split_names.size());
  check_column(where, "source", pack.source, rows, pack.source_names.size());
  check_column(where, "row", pack.row, rows, std::size_t{1} << 32);
  check_column(where, "copy", pack.copy, rows, 65536);
  if (pack.has_votes()) check_column(where, "votes", pack.votes, rows * Pack::kVotes, 256);
  if (pack.has_clips()) check_clips(where, pack);
}

std::string hash_pack(const Pack& pack) {
  Sha256 hash;
  hash.update(str("mueca pack ", pack.size(), " ", pack.height, " ", pack.width, "\n"));
  hash_names(hash, "classes", pack.class_names);
  hash_names(hash, "splits", pack.split_names);
  hash_names(hash, "sources", pack.source_names);
  hash_values<std::int32_t>(hash, "label", pack.label);
  hash_values<std::uint8_t>(hash, "split", pack.split);
  hash_values<std::uint16_t>(hash, "source", pack.source);
  hash_values<std::uint32_t>(hash, "row", pack.row);
  hash_values<std::uint16_t>(hash, "copy", pack.copy);
  hash_values<std::uint8_t>(hash, "votes", pack.votes);
  if (pack.has_clips()) hash_values<std::uint32_t>(hash, "clip", pack.clip);  // stills keep the hash that they had
  hash_values<std::uint8_t>(hash, "images", pack.images.span<std::uint8_t>());
  return hash.hex();
}

}  // namespace mueca
