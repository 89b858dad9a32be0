#include "apps/report/tell.h"

#include <algorithm>
#include <iterator>

#include "apps/progress.h"
#include "apps/report/sections.h"
#include "apps/study/verdict.h"
#include "core/error.h"

namespace mueca {
namespace {

// Best first seed-mean accuracy of all arms; null when no arm has a figure.
const ArmResult* best_of(const StudyResults& results) {
  const auto best = std::max_element(results.arms.begin(), results.arms.end(), [](const auto& a, const auto& b) {
    return (a.accuracy.n ? a.accuracy.mean : -1) < (b.accuracy.n ? b.accuracy.mean : -1);
  });
  return best == results.arms.end() || best->accuracy.n == 0 ? nullptr : &*best;
}

std::string counted(std::size_t n, const std::string& one, const std::string& many) {
  return str(n, " ", n == 1 ? one : many);
}

void tell_in_short(Teller& to, const StudyResults& results) {
  to.section("In short");
  std::vector<std::pair<std::string, Words>> facts;
  for (const BenchmarkResult& benchmark : results.benchmarks)
    facts.emplace_back(benchmark.benchmark.label,
                       Words{counted(benchmark.rows.size(), "measurement", "measurements") + " of kernels."});
  if (results.arms.empty()) return to.facts(std::move(facts));
  const bool comparable =
      std::ranges::all_of(results.arms, [&](const ArmResult& arm) { return same_images(arm, results.arms.front()); });
  if (!comparable)
    facts.emplace_back("Most accurate",
                       Words{"no single arm: they answer for different test images, on which accuracies differ."});
  if (const ArmResult* best = comparable ? best_of(results) : nullptr) {
    const SplitFigures* all = best->runs.empty() || best->runs[0].sets.empty() ? nullptr : &best->runs[0].sets[0];
    Words words = {strong(label_of(best->arm)), ": ", strong(percent(best->accuracy.mean, 1) + " %"),
                   " (" + interval_of(*best) + ")"};
    if (all) words.insert(words.end(), {" on ", code(all->split), str(", n = ", all->n)});
    words.emplace_back(str(", ", counted(best->runs.size(), "seed", "seeds"), "."));
    facts.emplace_back("Most accurate", std::move(words));
  }
  facts.emplace_back("Compared",
                     Words{str(counted(results.arms.size(), "arm", "arms"), " with results, ",
                               counted(results.comparisons.size(), "pair", "pairs"), " of arms on the same images.")});
  if (!results.claims.empty()) {
    std::string words;
    for (const Verdict verdict : {Verdict::reproduced, Verdict::not_reproduced, Verdict::not_comparable}) {
      const auto n = std::count_if(results.claims.begin(), results.claims.end(),
                                   [&](const ClaimResult& claim) { return claim.verdict == verdict; });
      words += str(words.empty() ? "" : ", ", n, " ", name_of(verdict));
    }
    facts.emplace_back("Published figures", Words{words + "."});
  }
  if (!results.missing.empty())
    facts.emplace_back("Missing", Words{counted(results.missing.size(), "run is", "runs are") +
                                        " missing: this study is not finished."});
  to.facts(std::move(facts));
}

void tell_question(Teller& to, const Study& study) {
  to.section("Question");
  if (!study.question.empty()) return to.prose(study.question);
  Words words = {"How do these compare on the same data, with the same protocol: "};
  for (const StudyArm& arm : study.arms) {
    if (arm.supporting) continue;
    if (words.size() > 1) words.emplace_back(", ");
    words.push_back(strong(label_of(arm)));
  }
  words.emplace_back("?");
  to.say(std::move(words));
}

void tell_missing(Teller& to, const StudyResults& results) {
  std::vector<Words> items;
  for (const std::string& missing : results.missing) items.push_back({missing});
  if (items.empty()) return;
  to.caution({strong("Missing."), " What is listed here was planned and has no result; nothing stands in for it."});
  to.items(std::move(items));
}

// Each arm that has figures of its own or a note.
void tell_arms(Teller& to, const StudyResults& results, Figures& figures) {
  std::vector<std::vector<StoryFigure>> of_arm(results.arms.size());
  bool any = false;
  for (std::size_t i = 0; i < results.arms.size(); ++i) {
    of_arm[i] = figures.take_arm(results.arms[i].arm.name, results);
    any = any || !of_arm[i].empty();
  }
  if (!any) return;
  to.section("Arm by arm");
  for (std::size_t i = 0; i < results.arms.size(); ++i) {
    if (of_arm[i].empty()) continue;
    to.part(label_of(results.arms[i].arm));
    to.prose(results.arms[i].arm.note);
    for (StoryFigure& figure : of_arm[i]) to.figure(std::move(figure));
  }
}

void tell_limits(Teller& to, const Study& study, const StudyResults& results) {
  std::vector<Words> items;
  if (!results.missing.empty())
    items.push_back({counted(results.missing.size(), "planned result is", "planned results are") +
                     " missing (see Results): whatever depends on it is open."});
  std::string single;
  for (const ArmResult& arm : results.arms)
    if (arm.runs.size() == 1 && !arm.runs[0].folder.empty()) single += (single.empty() ? "" : ", ") + label_of(arm.arm);
  if (!single.empty())
    items.push_back({"One seed only: " + single +
                     ". Their intervals are about the luck of the images, not about that of the seed; two seeds of "
                     "one network often differ by as much as two networks do."});
  for (const StudyData& data : study.data)
    if (data.pack.empty() && data.from.empty()) {
      items.push_back({"The data set ", code(data.name),
                       " is drawn by the program. It shows that training, evaluation and comparison work; it says "
                       "nothing about how well faces of people are recognised."});
    }
  for (const ArmResult& arm : results.arms)
    if (!arm.runs.empty() && !arm.runs[0].sets.empty()) {
      const SplitFigures& all = arm.runs[0].sets[0];
      items.push_back({str("With n = ", all.n, " test images, an accuracy near ", percent(arm.accuracy.mean, 0),
                           " % is known to about ± ", percent((all.high - all.low) / 2, 1),
                           " points; differences below that mean little unless the paired test says so.")});
      break;
    }
  if (!results.claims.empty())
    items.push_back(
        {"A verdict speaks of the run made here with the protocol that stands beside it, not of the "
         "authors: data, budget and code differ."});
  for (const BenchmarkResult& benchmark : results.benchmarks)
    items.push_back({strong(benchmark.benchmark.label),
                     " was timed on one machine; another one has another roof, and other kernels may lead there."});
  if (!results.arms.empty())
    items.push_back({"A network's answer is a guess about an expression in a picture, not about a feeling."});
  if (items.empty()) return;
  to.section("Limits");
  to.items(std::move(items));
}

}  // namespace

Figures::Figures(std::vector<StoryFigure> figures, bool images) : figures_(std::move(figures)) {
  if (!images)
    left_out_ = static_cast<int>(std::erase_if(figures_, [](const StoryFigure& f) { return f.contains_images; }));
}

std::vector<StoryFigure> Figures::take_if(const std::function<bool(const StoryFigure&)>& wanted) {
  const auto rest = std::stable_partition(figures_.begin(), figures_.end(), std::not_fn(wanted));
  std::vector<StoryFigure> out(std::make_move_iterator(rest), std::make_move_iterator(figures_.end()));
  figures_.erase(rest, figures_.end());
  return out;
}

std::vector<StoryFigure> Figures::take(std::initializer_list<std::string_view> kinds) {
  return take_if([&](const StoryFigure& figure) {
    return std::any_of(kinds.begin(), kinds.end(), [&](std::string_view kind) {
      return figure.stem == kind || figure.stem.starts_with(std::string(kind) + "-");
    });
  });
}

std::vector<StoryFigure> Figures::take_arm(const std::string& arm, const StudyResults& results) {
  return take_if([&](const StoryFigure& figure) {
    // "confusion-mobilenet_v2" is not of the arm "v2", nor of "mobilenet_v2" when there is one named like all of it.
    std::string longest;
    for (const ArmResult& other : results.arms) {
      const std::string& name = other.arm.name;
      const std::string marked = "-" + figure.stem + "-";
      if (marked.find("-" + name + "-") != std::string::npos && name.size() > longest.size()) longest = name;
    }
    return longest == arm;
  });
}

std::string label_of(const StudyArm& arm) { return arm.label.empty() ? arm.name : arm.label; }

std::string label_of(const Study& study, const std::string& name) {
  const StudyArm* arm = find_arm(study, name);
  return arm ? label_of(*arm) : name;
}

std::string interval_of(const ArmResult& arm) {
  const Measured m = measured_accuracy(arm);
  return str("95 % interval ", percent(m.low, 1), " to ", percent(m.high, 1), " over ",
             m.seeds > 1 ? "seeds" : "images");
}

Story study_story(const Study& study, const StudyResults& results, std::vector<StoryFigure> all,
                  const StoryOptions& options) {
  Teller to(study.name, study.title);
  Figures figures(std::move(all), options.images);
  tell_in_short(to, results);
  tell_question(to, study);
  if (!study.arms.empty()) {
    tell_data(to, study, results, figures);
    tell_method(to, study, results, options);
  }
  to.section("Results");
  tell_missing(to, results);
  if (!study.arms.empty()) tell_results(to, results, figures);
  tell_benchmarks(to, results, figures);
  tell_arms(to, results, figures);
  tell_claims(to, study, results, figures);
  if (auto rest = figures.take_if([](const StoryFigure&) { return true; }); !rest.empty()) {
    to.section("A closer look");
    for (StoryFigure& figure : rest) to.figure(std::move(figure));
  }
  if (figures.left_out())
    to.caution({str(counted(static_cast<std::size_t>(figures.left_out()), "figure", "figures"),
                    " made of single pictures of the data set left out: not everybody may pass those on. They are in "
                    "the report that the study itself writes, or here with "),
                code("--with-images"), "."});
  tell_again(to, study, results, options);
  tell_limits(to, study, results);
  return to.finish();
}

}  // namespace mueca
