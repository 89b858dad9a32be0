// A map of images: principal components and t-SNE of what pixels, HOG or a layer say about them, and how much of the
// neighbourhoods, and of the classes, such a map keeps.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/embed/pca.h"
#include "apps/embed/tsne.h"
#include "data/pack.h"

namespace mueca {

// The images of a map, and those that its kNN accuracy refers to.
struct EmbeddedRows {
  std::vector<Index> shown;      // rows of the pack, in the map's order
  std::vector<Index> reference;  // of the split `training`, empty when nothing else is shown or there is none
  std::vector<Index> needed;     // both, each row once: `shown`, then what `reference` adds
};

// Of `chosen` rows, and of the reference, at most `limit` (0: all), evenly spread.
EmbeddedRows embedded_rows(const Pack& pack, const std::vector<Index>& chosen, Index limit);

struct EmbedOptions {
  int components = 50;  // principal components that t-SNE and neighbours are computed of; fewer when there are fewer
  bool tsne = true;
  int neighbours = 5;  // of the kNN accuracy
  TsneOptions options;
};

struct KnnFigure {
  std::string space, reference;  // "50 components"; "leave one out", or "training -> private_test"
  Index n = 0;                   // of images whose class was guessed
  double accuracy = 0;           // share
};

struct Embedding {
  Pca pca;                         // of the shown images' features
  Tensor plane;                    // [N, 2] on the first two components
  std::optional<TsneResult> tsne;  // of all components
  std::vector<KnnFigure> knn;
};

// features [rows.needed, D]. Each stage is announced to `say`; Error("interrupted") when that returns false. Throws
// Error for fewer than 3 images or numbers per image than 2.
Embedding embed(const Pack& pack, const EmbeddedRows& rows, const Tensor& features, const EmbedOptions& options,
                const std::function<bool(const std::string&)>& say);

}  // namespace mueca
