// Sections "Data" and "Results".
#include <algorithm>
#include <numeric>

#include "apps/progress.h"
#include "apps/report/sections.h"
#include "apps/study/tables.h"
#include "core/error.h"

namespace mueca {
namespace {

// Images per split and class, with the imbalance of each split.
Table counts_table(const DataSummary& data) {
  Table table;
  table.title = "Images per split and class of " + data.name;
  table.columns = {{"split", false}, {"images"}};
  for (const std::string& name : data.classes) table.columns.push_back({name});
  table.columns.push_back({"largest / smallest"});
  for (std::size_t s = 0; s < data.splits.size() && s < data.count.size(); ++s) {
    const auto& count = data.count[s];
    if (count.size() != data.classes.size() || count.empty()) continue;
    std::vector<std::string> row = {data.splits[s],
                                    grouped(std::accumulate(count.begin(), count.end(), std::int64_t{0}))};
    for (const std::int64_t n : count) row.push_back(grouped(n));
    const auto [least, most] = std::minmax_element(count.begin(), count.end());
    row.push_back(*least > 0 ? fixed(static_cast<double>(*most) / static_cast<double>(*least), 1) : "-");
    table.add(std::move(row));
  }
  return table;
}

// Figures on the honest subsets, where the pack tells them.
Table subsets_table(const StudyResults& results) {
  Table table;
  table.title = "The same answers on parts of the test images (first seeds)";
  table.columns = {{"arm", false}, {"images", false}, {"n"}, {"accuracy %"}, {"95 % interval"}, {"macro-F1 %"}};
  for (const ArmResult& arm : results.arms) {
    if (arm.runs.empty() || arm.runs[0].sets.size() < 2) continue;
    for (const SplitFigures& f : arm.runs[0].sets)
      table.add({label_of(arm.arm), f.split, str(f.n), percent(f.accuracy, 1),
                 percent(f.low, 1) + " to " + percent(f.high, 1), percent(f.macro_f1, 1)});
  }
  return table;
}

// How the manifest comes by a data set.
std::string origin_of(const StudyData& data) {
  if (!data.pack.empty()) return "";
  if (data.from.empty())
    return str(", drawn by the program itself (", data.faces.size, " pixels, seed ", data.faces.seed, ")");
  std::string step;
  for (const std::string& name : data.classes) step += (step.empty() ? "the classes " : ", ") + name;
  if (data.balance) step = str("balanced to ", data.balance, " images of each class");
  if (data.balance && !data.balance_split.empty()) step += " of " + data.balance_split;
  if (!data.split.empty())
    step = "split anew, " + data.split + (data.keep_together ? ", copies and twins together" : "");
  return ", made from " + data.from + ": " + step + " (seed " + str(data.seed) + ")";
}

}  // namespace

void tell_data(Teller& to, const Study& study, const StudyResults& results, Figures& figures) {
  to.section("Data");
  for (const DataSummary& data : results.data) {
    std::int64_t images = 0;
    for (const auto& split : data.count) images += std::accumulate(split.begin(), split.end(), std::int64_t{0});
    Words words = {strong(data.name), str(": ", grouped(images), " images of ", data.classes.size(), " classes in ",
                                          data.splits.size(), " splits")};
    const auto made = std::find_if(study.data.begin(), study.data.end(),
                                   [&](const StudyData& other) { return other.name == data.name; });
    if (made != study.data.end()) words.emplace_back(origin_of(*made));
    words.emplace_back(".");
    for (std::size_t i = 0; i < data.sources.size(); ++i)
      words.emplace_back((i ? ", " : " Sources: ") + data.sources[i] + (i + 1 == data.sources.size() ? "." : ""));
    words.insert(words.end(), {" SHA-256 of the content: ", code(data.sha256), "."});
    to.say(std::move(words));
    to.table("data-" + data.name, counts_table(data));
  }
  for (StoryFigure& figure : figures.take({"classes", "sources", "samples"})) to.figure(std::move(figure));
}

void tell_results(Teller& to, const StudyResults& results, Figures& figures) {
  Table arms = arms_table(results);
  arms.title = "Figures of each arm";
  to.table("arms", std::move(arms));
  for (StoryFigure& figure : figures.take({"accuracy"})) to.figure(std::move(figure));
  to.table("subsets", subsets_table(results));
  to.table("recall", recall_table(results));
  for (StoryFigure& figure : figures.take({"learning-curves"})) to.figure(std::move(figure));
  to.table("comparisons", comparisons_table(results));
}

}  // namespace mueca
