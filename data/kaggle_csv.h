// The FER2013 CSV as Kaggle distributes it: emotion, pixels and Usage in any order, plain or .xz.
#pragma once
#include <filesystem>

#include "data/import.h"

namespace mueca {

// True when the file's first line is such a header. Throws Error when it cannot be read.
bool is_kaggle_csv(const std::filesystem::path& path);

// One row per line: a label (number or name), H * H pixel values 0 to 255, and the split (without a Usage column all
// rows are `training`). Throws BadRow with file, line, column and reason unless options.skip_bad; Error for a wrong
// header, too long lines, more than 10 million rows or a file without rows.
Pack import_kaggle_csv(const std::filesystem::path& path, const ImportOptions& options, ImportReport& report);

}  // namespace mueca
