#include "apps/pack_features.h"

#include <algorithm>

#include "apps/faces/classic_features.h"
#include "apps/faces/predict.h"
#include "data/clips.h"
#include "nn/features.h"

namespace mueca {

Tensor pixel_features(const Pack& pack, std::span<const Index> rows) {
  Tensor out({static_cast<Index>(rows.size()), Index{pack.height} * pack.width});
  float* to = out.data();
  for (const Index row : rows)
    for (const std::uint8_t pixel : pack.image(row)) *to++ = static_cast<float>(pixel) / 255;
  return out;
}

Tensor hog_features(const Pack& pack, std::span<const Index> rows) {
  return classic_features(select_rows(pack, rows).images, "hog");
}

Tensor layer_features(Model& model, const Pack& pack, std::span<const Index> rows, const std::string& layer, int batch,
                      const std::function<bool(Index done)>& progress) {
  const ImageFormat format = format_of(model);
  const auto view = views_of(model, {pack.height, pack.width}, EvaluationViews::center).front();
  std::vector<float> values;
  Index width = 0;
  for (std::size_t begin = 0; begin < rows.size(); begin += static_cast<std::size_t>(batch)) {
    const auto count = std::min(rows.size() - begin, static_cast<std::size_t>(batch));
    const auto seen = frames_of(pack, rows.subspan(begin, count), format.frames);
    const Tensor part = pooled_features(model, load_view(pack.images, seen, view, format), layer);
    check(part.extent(0) == static_cast<Index>(count), "features: ", layer, " of ", model.config.name,
          " looks at single frames; take \"features\", which remembers the clip");
    width = part.extent(1);
    const auto numbers = part.to_vector();
    values.insert(values.end(), numbers.begin(), numbers.end());
    if (progress) check(progress(static_cast<Index>(begin + count)), "interrupted");
  }
  return Tensor::from({static_cast<Index>(rows.size()), width}, values);
}

}  // namespace mueca
