// The story of a study: question, data, method, results, figures, claims with their verdicts, how to make it again.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "apps/report/story.h"
#include "apps/study/manifest.h"
#include "apps/study/plan.h"
#include "apps/study/results.h"

namespace mueca {

// With what the runs were made, as the first of them recorded it; no names of machines, no paths.
struct MadeWith {
  std::string version, commit, compiler, cpu, instructions;
  int threads = 0;
};
// From a run's env.json; nothing when it is not there or is no such file.
std::optional<MadeWith> read_made_with(const std::filesystem::path& run);

struct StoryOptions {
  StudyOptions study;
  std::optional<MadeWith> made_with;
  bool times = false;  // how long the runs took: the one thing that differs when a study is made again
  bool images = true;  // figures made of single pictures
};

// Figures find their section by their stem; none is lost but those that `options` leave out, and the text says so.
Story study_story(const Study& study, const StudyResults& results, std::vector<StoryFigure> figures,
                  const StoryOptions& options);

}  // namespace mueca
