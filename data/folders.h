// Data sets as folders of pictures: split/emotion/picture as on Kaggle, or emotion/picture; a folder in the picture's
// place is a clip, split/emotion/clip/frame, its frames in the order of their names (as sequences of CK+ are kept).
#pragma once
#include <filesystem>

#include "data/import.h"

namespace mueca {

// JPEG, PNG, BMP and WebP become gray and options.size x options.size pixels (area averages when shrinking). Pictures
// are taken in the order of their paths; `row` is the place in that order, broken ones included. Hidden files and
// files with other endings are passed over. Without split folders all rows are `training`. A folder that calls
// FER2013's two test splits together public_test or private_test is refused; called `test`, a note says so.
// Throws Error for unknown folders and, unless options.skip_bad, BadRow "file: reason" for a broken, cut off or
// too large picture. Needs a build with OpenCV.
Pack import_folders(const std::filesystem::path& folder, const ImportOptions& options, ImportReport& report);

}  // namespace mueca
