// The files that come with mueca: weights, recipes, studies.
#pragma once
#include <filesystem>
#include <string_view>

namespace mueca {

// The folder of that name ("weights", "recipes", "studies"): in share/mueca beside the running program's bin/, so that
// an installation may be moved, otherwise in the source tree of the build. It need not exist.
std::filesystem::path share_folder(std::string_view name);

}  // namespace mueca
