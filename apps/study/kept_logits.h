// What a checkpoint says about rows of a pack, kept in a CSV file: a study's tables are made again and again, its
// evaluations once.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor.h"
#include "data/pack.h"

namespace mueca {

// All that decides the numbers.
struct LogitsKey {
  std::string checkpoint_sha256, pack_sha256, views;
  std::vector<Index> rows;  // of the pack
  std::vector<std::string> classes;
};

// "# logits of checkpoint ..., body SHA-256 ...", then row,logit_<class>...; every float32 reads back as it was.
std::string logits_text(const LogitsKey& key, const Tensor& logits);

// [N, K], or nothing when the text is anything but the whole file that logits_text makes for this key.
std::optional<Tensor> parse_logits(const std::string& text, const LogitsKey& key);

// The logits in `file`, if they are those; else `make` makes them and they are kept there, atomically.
Tensor kept_logits(const std::filesystem::path& file, const LogitsKey& key, const std::function<Tensor()>& make);

}  // namespace mueca
