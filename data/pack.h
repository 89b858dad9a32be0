// Pack: one labelled image set, in memory and as one HDF5 file. Every importer makes one, everything else reads one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.h"

namespace mueca {

// The seven emotions in FER2013's order, and the columns of the FER+ votes in its file's order.
const std::vector<std::string>& emotion_names();  // angry disgust fear happy sad surprise neutral
const std::vector<std::string>&
vote_names();  // neutral happiness surprise sadness anger disgust fear contempt unknown NF

struct Pack {
  static constexpr int kVotes = 10;

  int height = 0, width = 0;          // pixels
  Tensor images;                      // u8 [T, H, W], gray
  std::vector<std::int32_t> label;    // [T] index into class_names
  std::vector<std::uint8_t> split;    // [T] index into split_names
  std::vector<std::uint16_t> source;  // [T] index into source_names
  std::vector<std::uint32_t> row;     // [T] row within the source (data row of the CSV, place in the sorted file list)
  std::vector<std::uint16_t> copy;    // [T] 0: the image as imported; n: its n-th augmented copy
  std::vector<std::uint8_t> votes;    // [T, 10] FER+ votes in the order of vote_names(), or empty
  std::vector<std::uint32_t> clip;  // [T] 0: a still; else the clip it is a frame of (data/clips.h); empty: all stills
  std::vector<std::string> class_names, split_names, source_names;
  std::string provenance;  // one line per step: source, SHA-256 of each input file, options
  std::string sha256;      // of the content (all but provenance); set by save_pack and load_pack

  Index size() const { return static_cast<Index>(label.size()); }
  bool has_votes() const { return !votes.empty(); }
  bool has_clips() const { return !clip.empty(); }
  std::span<const std::uint8_t> image(Index row) const;  // [H * W]
  std::span<std::uint8_t> image(Index row);

  int class_index(std::string_view name) const;  // throws Error that lists the names
  int split_index(std::string_view name) const;  // throws Error that lists the names
  bool has_split(std::string_view name) const;
  std::vector<Index> rows_of(std::string_view split) const;  // ascending; throws Error for an unknown split
};

// A pack of `rows` rows with all columns allocated (votes only on request), labels and the rest 0, pixels undefined.
Pack make_pack(Index rows, int height, int width, bool votes = false);

// The chosen rows in the given order (repeats allowed); names and provenance are kept.
Pack select_rows(const Pack& pack, std::span<const Index> rows);

// Throws Error, prefixed with `where`, unless every column has T entries and every index is within its names.
void check_pack(const Pack& pack, std::string_view where);

// SHA-256 over the content: the same images, labels and names give the same hash, whatever file they came from.
std::string hash_pack(const Pack& pack);

// Writes atomically; returns (and sets) the content hash.
std::string save_pack(Pack& pack, const std::filesystem::path& path);

// Reads and validates everything, the hash included. Throws Error that names the file and what is wrong.
Pack load_pack(const std::filesystem::path& path);

}  // namespace mueca
