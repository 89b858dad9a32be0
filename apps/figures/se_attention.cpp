#include "apps/figures/se_attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "apps/figures/axes.h"
#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr double kLeft = 76, kWide = 300, kHigh = 116, kBetween = 76, kRight = 20, kRow = kHigh + 44;
constexpr int kBins = 25;

// Of one block: share [K][kBins] and mean scale [K][C], channels in ascending order of their mean over all images.
struct BlockFigures {
  std::vector<std::vector<double>> share, mean;
  Scale range;       // of the scales, which the bins divide
  double apart = 0;  // standard deviation between the classes' means, averaged over the channels
};

BlockFigures figures_of(const SeScales& block, std::span<const std::int32_t> labels, std::size_t classes) {
  check(block.scale.shape().rank() == 2 && block.scale.extent(0) == static_cast<Index>(labels.size()),
        "SE scales: ", block.scale.shape(), " for ", labels.size(), " labels");
  const auto channels = static_cast<std::size_t>(block.scale.extent(1));
  const std::vector<float> scale = block.scale.to_vector();
  std::vector<double> all(channels), images(classes);
  std::vector<std::vector<double>> sum(classes, all);
  BlockFigures f;
  f.range = round_scale({scale.begin(), scale.end()}, 4);
  f.share.assign(classes, std::vector<double>(kBins));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    check(labels[i] >= 0 && static_cast<std::size_t>(labels[i]) < classes, "SE scales: label ", labels[i]);
    const auto k = static_cast<std::size_t>(labels[i]);
    ++images[k];
    for (std::size_t c = 0; c < channels; ++c) {
      const double s = scale[i * channels + c];
      sum[k][c] += s, all[c] += s;
      const double place = (s - f.range.low) / (f.range.high - f.range.low);
      ++f.share[k][static_cast<std::size_t>(std::clamp(static_cast<int>(place * kBins), 0, kBins - 1))];
    }
  }
  std::vector<std::size_t> order(channels);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t c) { return all[c]; });
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t k = 0; k < classes; ++k) {
    const double n = images[k];
    for (double& v : f.share[k]) v = n > 0 ? 100 * v / (n * static_cast<double>(channels)) : none;
    f.mean.emplace_back();
    for (const std::size_t c : order) f.mean.back().push_back(n > 0 ? sum[k][c] / n : none);
  }
  for (std::size_t c = 0; c < channels; ++c) {
    std::vector<double> means;
    for (std::size_t k = 0; k < classes; ++k)
      if (images[k] > 0) means.push_back(f.mean[k][c]);
    double middle = 0, squares = 0;
    for (const double m : means) middle += m / static_cast<double>(means.size());
    for (const double m : means) squares += (m - middle) * (m - middle) / static_cast<double>(means.size());
    f.apart += std::sqrt(squares) / static_cast<double>(channels);
  }
  return f;
}

}  // namespace

Canvas se_attention_figure(std::span<const SeScales> blocks, std::span<const std::int32_t> labels,
                           const std::vector<std::string>& classes, const std::string& title,
                           const std::string& facts) {
  check(!blocks.empty(), "SE attention: the network has no squeeze-and-excitation");
  const double width = kLeft + 2 * kWide + kBetween + kRight;
  const Heading heading(title, facts + (facts.empty() ? "" : "; ") + str("n = ", labels.size()), width);
  std::vector<LegendEntry> entries;
  for (std::size_t k = 0; k < classes.size(); ++k)
    entries.push_back({classes[k], class_color(classes[k], static_cast<int>(k)), LegendEntry::Kind::marked_line,
                       marker_of(static_cast<int>(k))});
  const Legend legend(entries, width - 28);
  const double top = heading.height() + legend.height() + 32;
  Canvas canvas(width, top + kRow * static_cast<double>(blocks.size()) + 12, title,
                str("Scales of ", blocks.size(), " squeeze-and-excitation blocks per class. ", facts));
  heading.draw(canvas);
  legend.draw(canvas, 14, heading.height());
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const BlockFigures f = figures_of(blocks[b], labels, classes.size());
    const double y = top + kRow * static_cast<double>(b), right = kLeft + kWide + kBetween;
    const auto channels = static_cast<std::size_t>(blocks[b].scale.extent(1));
    const bool last = b + 1 == blocks.size();
    canvas.text(kLeft, y - 8, shortened(str(blocks[b].block, ", ", channels, " channels"), 12, kWide, true),
                {12, kInk, Anchor::start, true});
    canvas.text(right, y - 8, str("classes lie ", fixed(f.apart, 3), " apart (mean deviation)"), {11, kMuted});
    std::vector<double> shares{0}, means{};
    for (const auto& s : f.share) shares.insert(shares.end(), s.begin(), s.end());
    for (const auto& m : f.mean) means.insert(means.end(), m.begin(), m.end());
    const Axes left_axes({kLeft, y, kWide, kHigh}, f.range, round_scale(shares, 3));
    left_axes.draw(canvas, {last ? "scale" : "", 5}, {"share", 3, " %"});
    const Axes right_axes({right, y, kWide, kHigh}, {1, static_cast<double>(channels)}, round_scale(means, 3));
    right_axes.draw(canvas, {last ? "channel, by its mean scale" : "", 6, "", true, true}, {"mean scale", 3});
    std::vector<double> middles, numbers;
    for (int i = 0; i < kBins; ++i) middles.push_back(f.range.low + (f.range.high - f.range.low) * (i + 0.5) / kBins);
    for (std::size_t c = 0; c < channels; ++c) numbers.push_back(static_cast<double>(c + 1));
    for (std::size_t k = 0; k < classes.size(); ++k) {
      left_axes.curve(canvas, middles, f.share[k], {entries[k].color, 1.3});
      right_axes.curve(canvas, numbers, f.mean[k], {entries[k].color, 1.1});
      for (const double at : {0.15, 0.5, 0.85}) {  // told apart without colour, each class at places of its own
        const double shifted = std::min(0.98, at + 0.018 * static_cast<double>(k % 8));
        const auto i = static_cast<std::size_t>(shifted * kBins),
                   c = static_cast<std::size_t>(shifted * static_cast<double>(channels));
        if (!std::isfinite(f.mean[k][c])) continue;
        draw_marker(canvas, {left_axes.x(middles[i]), left_axes.y(f.share[k][i])}, 2.6, entries[k].marker,
                    entries[k].color);
        draw_marker(canvas, {right_axes.x(numbers[c]), right_axes.y(f.mean[k][c])}, 2.6, entries[k].marker,
                    entries[k].color);
      }
    }
  }
  return canvas;
}

}  // namespace mueca
