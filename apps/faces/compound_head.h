// A trained alternative to the rule: softmax regression on a network's pooled features, from faces labelled with
// compound emotions.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "apps/faces/compound.h"
#include "data/pack.h"
#include "nn/model.h"

namespace mueca {

struct CompoundHead {
  std::vector<std::string> classes;  // [C], as the labelled pack names them
  std::string layer = "features";    // whose pooled output it reads
  std::string network;               // network_digest of the only network it works with
  Tensor mean, scale;                // [K]: features are (x - mean) * scale
  Tensor kernel, bias;               // [K, C], [C]
};

struct CompoundRecipe {
  int steps = 400;  // over all rows at once
  float lr = 0.02f, weight_decay = 0.01f;
};

// SHA-256 of the configuration and the weights: the same for a checkpoint and its export, with or without calibration.
std::string network_digest(const Model& model);

// Features [N, K] of images u8 [T, H, W], as the network sees them when it predicts.
Tensor compound_features(Model& model, const Tensor& images, std::span<const Index> rows, const std::string& layer);

// Fits the head on rows of a pack by AdamW on all of them at once: no randomness, the same rows give the same bytes.
CompoundHead train_compound_head(Model& model, const Pack& pack, std::span<const Index> rows,
                                 const CompoundRecipe& recipe = {});

// features [N, K] -> probabilities [N, C].
Tensor compound_probabilities(const CompoundHead& head, const Tensor& features);

// Atomic; equal heads give equal bytes.
void save_compound_head(const std::filesystem::path& path, const CompoundHead& head);
// Throws Error naming the file when it is no such file, is damaged, or belongs to another network than `model`.
CompoundHead load_compound_head(const std::filesystem::path& path, const Model& model);

}  // namespace mueca
