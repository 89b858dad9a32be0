// What `mueca embed` leaves: tables, pictures and the explorer.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/embedding.h"
#include "apps/table.h"

namespace mueca {

struct EmbedPredictions {
  std::string model, sha256;            // of the checkpoint
  std::vector<std::int32_t> predicted;  // [N]
  std::vector<float> confidence;        // [N] in [0, 1]
};

// Where the features come from, in words and for the record.
struct FeatureSource {
  std::string kind;                  // pixels, hog, layer
  std::string model, layer, sha256;  // of a layer
  std::string images;                // the split's name, "all rows", "chosen rows"
  // "pixels, private_test"; "features of baseline_cnn, private_test"
  std::string title() const { return (kind == "layer" ? layer + " of " + model : kind) + ", " + images; }
};

struct EmbedReport {
  const Pack& pack;
  const EmbeddedRows& rows;
  const Embedding& embedding;
  EmbedOptions options;
  FeatureSource source;
  std::optional<EmbedPredictions> predictions;
  bool show_pca = true;
};

// Explained variance, KL divergence, preservation, kNN accuracy.
Table embedding_table(const EmbedReport& report);

// embedding.csv, embedding.json, scree, eigenfaces (of pixels), scatter-* and explorer.html into a folder that is made
// if needed; each file atomically, the pictures as SVG and PNG. Nothing of it names a path or a time. Returns the
// names.
std::vector<std::string> write_embedding(const std::filesystem::path& folder, const EmbedReport& report);

}  // namespace mueca
