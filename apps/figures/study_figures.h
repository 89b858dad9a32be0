// The figures of a study, drawn from its results: what a report embeds and `study run` leaves beside its tables.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/canvas.h"
#include "apps/study/results.h"

namespace mueca {

struct StudyFigure {
  std::string stem;     // of the file: "accuracy", "confusion-se_cnn"
  std::string title;    // as on the figure
  std::string caption;  // one or two sentences: data, split, n, seeds, what to see
  Canvas canvas;
};

// In the order of a report: accuracy of all arms beside what was published, learning curves, rooflines, class counts, a
// confusion matrix per arm and, of the best arm on the study's first data, precision-recall and ROC, reliability,
// contact sheets, Grad-CAM and SE attention. What needs a file that is gone (a checkpoint, a pack, recorded epochs) is
// left out. Claims of a range about humans become a band. The same results give the same bytes.
std::vector<StudyFigure> study_figures(const StudyResults& results, const Study& study, const StudyOptions& options);

}  // namespace mueca
