// The tables of a study. Each renders to terminal, Markdown, LaTeX, CSV and HTML (apps/table.h).
#pragma once
#include "apps/study/results.h"
#include "apps/table.h"

namespace mueca {

// One line per arm: figures on its test images. Columns that no arm fills are left out. In bold: the best accuracy
// among arms that answer for the same images, if its interval lies above those of all others.
Table arms_table(const StudyResults& results);
Table recall_table(const StudyResults& results);       // one line per arm, one column per class, in per cent
Table claims_table(const StudyResults& results);       // published figures beside ours, with verdicts
Table comparisons_table(const StudyResults& results);  // McNemar's tests of pairs of arms
Table benchmark_table(const BenchmarkResult& result);  // one line per kernel, shape and algorithm
Table families_table(const BenchmarkResult& result);   // one line per family and pass: medians

}  // namespace mueca
