#include "apps/figures/network_figures.h"

#include <algorithm>
#include <array>
#include <map>

#include "apps/faces/predict.h"
#include "apps/figures/gradcam_rows.h"
#include "apps/figures/se_attention.h"
#include "data/loader.h"
#include "nn/gradcam.h"
#include "nn/metrics.h"

namespace mueca {
namespace {

AugmentView view_of(const Model& network, const Pack& pack) {
  return views_of(network, {pack.height, pack.width}, EvaluationViews::center).front();
}

// Of each class of labels the surest right answers, then the surest wrong ones.
std::vector<Answer> chosen(const Answers& answers, int each) {
  const auto all = surest_first(answers);
  std::vector<Answer> out;
  for (std::size_t k = 0; k < answers.pack.class_names.size(); ++k)
    for (const bool right : {true, false}) {
      int found = 0;
      for (const Answer& a : all)
        if (a.truth == k && (a.said == k) == right && found++ < each) out.push_back(a);
    }
  return out;
}

}  // namespace

std::optional<Canvas> attention_figure(Model& network, const Answers& answers, int each, const std::string& title,
                                       const std::string& facts) {
  if (network.input.frames > 1) return {};
  const Pack& pack = answers.pack;
  const AugmentView view = view_of(network, pack);
  const ViewWindow window = window_of(view, network.input.size);
  const std::string layer = last_map(network);
  std::vector<GradCamImage> images;
  for (const Answer& answer : chosen(answers, each)) {
    const std::array<Index, 1> row{answer.row};
    const std::array<int, 1> said{static_cast<int>(answer.said)};
    const Tensor map = grad_cam(network, load_view(pack.images, row, view, format_of(network)), said, layer);
    images.push_back({gray_raster(pack.image(answer.row), pack.width, pack.height),
                      map.to_vector(),
                      static_cast<int>(map.extent(1)),
                      static_cast<int>(map.extent(2)),
                      {window.left, window.top, window.width, window.height},
                      answer.truth,
                      answer.said,
                      answer.probability});
  }
  return gradcam_rows(images, pack.class_names, title, str(facts, ", layer ", layer));
}

std::optional<Canvas> squeeze_figure(Model& network, const Answers& answers, int each, const std::string& title,
                                     const std::string& facts) {
  if (network.input.frames > 1) return {};
  constexpr std::size_t kBatch = 32;
  const Pack& pack = answers.pack;
  std::map<std::int32_t, std::vector<Index>> of_class;
  for (const Index row : answers.rows) of_class[pack.label[static_cast<std::size_t>(row)]].push_back(row);
  std::vector<Index> rows;
  std::vector<std::int32_t> labels;
  for (const auto& [label, all] : of_class)
    for (std::size_t i = 0, n = std::min(all.size(), static_cast<std::size_t>(each)); i < n; ++i)
      rows.push_back(all[i * all.size() / n]), labels.push_back(label);
  const AugmentView view = view_of(network, pack);
  std::vector<std::string> names;
  std::vector<std::vector<float>> scales;
  for (std::size_t begin = 0; begin < rows.size(); begin += kBatch) {
    const auto batch = std::span<const Index>(rows).subspan(begin, std::min(kBatch, rows.size() - begin));
    const auto found = se_scales(network, load_view(pack.images, batch, view, format_of(network)));
    names.resize(found.size()), scales.resize(found.size());
    for (std::size_t b = 0; b < found.size(); ++b) {
      const std::vector<float> values = found[b].scale.to_vector();
      names[b] = found[b].block;
      scales[b].insert(scales[b].end(), values.begin(), values.end());
    }
  }
  if (scales.empty()) return {};
  std::vector<SeScales> blocks;
  const auto n = static_cast<Index>(rows.size());
  for (std::size_t b = 0; b < scales.size(); ++b)
    blocks.push_back({names[b], Tensor::from({n, static_cast<Index>(scales[b].size()) / n}, scales[b])});
  return se_attention_figure(blocks, labels, pack.class_names, title, facts);
}

}  // namespace mueca
