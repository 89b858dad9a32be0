#include "core/files/share.h"

namespace mueca {

std::filesystem::path share_folder(std::string_view name) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path installed = program.parent_path().parent_path() / "share" / "mueca" / name;
  if (!program.empty() && fs::is_directory(installed, ignored)) return installed;
  return fs::path(MUECA_SOURCE_DIR) / (name == "weights" ? "data" : "apps") / name;
}

}  // namespace mueca
