// The report of a study as files that stand by themselves.
#pragma once
#include <filesystem>

#include "apps/study/results.h"

namespace mueca {

struct ReportOptions {
  std::filesystem::path folder;  // made if needed
  bool images = true;            // figures that show single pictures of the data set
  bool large = true;             // those in the notebook, too
  bool times = false;            // how long the runs took
};

// Whether all its pictures are drawn by the program: those may go anywhere.
bool only_drawn(const Study& study);

struct ReportFiles {
  std::filesystem::path page, notebook, figures;
};

// report.html, <study>.ipynb, results.json, tables/*.csv and figures/*.{svg,png}, each atomically. Throws Error.
ReportFiles write_study_report(const Study& study, const StudyResults& results, const StudyOptions& options,
                               const ReportOptions& report);

}  // namespace mueca
