#include "apps/figures/contact_sheet.h"

#include <algorithm>

#include "apps/figures/palette.h"
#include "apps/table.h"
#include "core/error.h"
#include "nn/metrics.h"

namespace mueca {
namespace {

GridCell cell_of(const Pack& pack, const Answer& a) {
  GridCell cell{gray_raster(pack.image(a.row), pack.width, pack.height), {}, 0.4, {}, kMuted};
  cell.words.push_back(percent(a.probability, 1) + " %");
  if (a.truth != a.said) cell.edge = kVermillion;
  return cell;
}

std::string joined(const std::string& facts, const std::string& more) {
  return facts + (facts.empty() ? "" : "; ") + more;
}

}  // namespace

std::vector<Answer> surest_first(const Answers& a) {
  check(a.probabilities.shape() ==
            Shape({static_cast<Index>(a.rows.size()), static_cast<Index>(a.pack.class_names.size())}),
        "contact sheet: probabilities ", a.probabilities.shape(), " for ", a.rows.size(), " images");
  const std::vector<int> said = argmax_rows(a.probabilities);
  const std::vector<float> p = a.probabilities.to_vector();
  std::vector<Answer> out;
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    const auto k = static_cast<std::size_t>(said[i]);
    out.push_back({a.rows[i], static_cast<std::size_t>(a.pack.label[static_cast<std::size_t>(a.rows[i])]), k,
                   p[i * a.pack.class_names.size() + k]});
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &Answer::probability);
  return out;
}

Canvas mistakes_sheet(const Answers& answers, int most, const std::string& title, const std::string& facts) {
  ImageGrid grid{title, "", {}, 8, 84, {}, {}};
  std::size_t wrong = 0;
  for (const Answer& a : surest_first(answers)) {
    if (a.truth == a.said) continue;
    if (wrong++ >= static_cast<std::size_t>(most)) continue;
    const auto& names = answers.pack.class_names;
    grid.cells.push_back(cell_of(answers.pack, a));
    grid.cells.back().words.insert(grid.cells.back().words.begin(), names[a.truth] + " → " + names[a.said]);
  }
  grid.facts = joined(facts, str(wrong, " of ", answers.rows.size(), " are wrong; here the ", grid.cells.size(),
                                 " surest of them: label → answer, and its probability"));
  if (grid.cells.empty()) grid.cells.push_back({{}, {}, 0.4, {"none"}}), grid.facts = joined(facts, "no mistakes");
  grid.columns = std::min<int>(8, static_cast<int>(grid.cells.size()));
  return image_grid(grid);
}

Canvas confident_sheet(const Answers& answers, int each, const std::string& title, const std::string& facts) {
  const auto sorted = surest_first(answers);
  ImageGrid grid{title, joined(facts, "the surest answers of each class; a coloured frame: the label says otherwise"),
                 {},    std::max(1, each),
                 84,    answers.pack.class_names,
                 {}};
  for (std::size_t k = 0; k < answers.pack.class_names.size(); ++k) {
    int found = 0;
    for (const Answer& a : sorted)
      if (a.said == k && found < each) {
        grid.cells.push_back(cell_of(answers.pack, a)), ++found;
        if (a.truth != k) grid.cells.back().words.push_back("label " + answers.pack.class_names[a.truth]);
      }
    for (; found < std::max(1, each); ++found) grid.cells.push_back({});
  }
  return image_grid(grid);
}

}  // namespace mueca
