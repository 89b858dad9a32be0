#include "apps/faces/picture_list.h"

#include <glob.h>

#include <algorithm>
#include <memory>
#include <set>

#include "core/error.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

std::string lower_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return ending;
}

// name.faces.jpg, name.explained-3.png
bool is_copy(const fs::path& path) {
  const std::string inner = path.stem().extension().string(), kind = inner.substr(0, inner.find('-'));
  const std::string number = inner == kind ? "1" : inner.substr(kind.size() + 1);
  return (kind == ".faces" || kind == ".explained") && !number.empty() &&
         number.find_first_not_of("0123456789") == std::string::npos;
}

std::vector<fs::path> pictures_below(const fs::path& folder) {
  std::vector<fs::path> found;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied), end;
  for (; at != end; ++at) {
    const bool hidden = at->path().filename().string().starts_with('.');
    if (hidden && at->is_directory()) at.disable_recursion_pending();
    if (!hidden && at->is_regular_file() && is_picture_name(at->path()) && !is_copy(at->path()))
      found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> matches(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> guard(&found, ::globfree);
  std::vector<fs::path> paths;
  if (::glob(pattern.c_str(), GLOB_TILDE, nullptr, &found) == 0)
    for (std::size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  return paths;
}

}  // namespace

bool is_picture_name(const fs::path& path) {
  static constexpr const char* kEndings[] = {".jpg", ".jpeg", ".png", ".bmp", ".webp"};
  return std::find(std::begin(kEndings), std::end(kEndings), lower_ending(path)) != std::end(kEndings);
}

PictureList list_pictures(const std::vector<std::string>& words) {
  PictureList list;
  std::set<fs::path> known;
  const auto add = [&](const fs::path& file) {
    if (known.insert(file.lexically_normal()).second) list.files.push_back(file);
  };
  for (const std::string& word : words) {
    std::error_code none;
    const bool pattern = !fs::exists(word, none) && word.find_first_of("*?[") != std::string::npos;
    const std::vector<fs::path> found = pattern ? matches(word) : std::vector<fs::path>{word};
    if (found.empty()) list.problems.push_back({word, word + ": no file matches"});
    for (const fs::path& path : found) try {
        const auto inside = fs::is_directory(path) ? pictures_below(path) : std::vector<fs::path>{path};
        if (inside.empty())
          list.problems.push_back({path.string(), path.string() + ": holds no .jpg, .jpeg, .png, .bmp or .webp"});
        for (const fs::path& file : inside) add(file);
      } catch (const fs::filesystem_error& error) {
        list.problems.push_back({path.string(), str(path.string(), ": cannot be listed: ", error.code().message())});
      }
  }
  return list;
}

fs::path copy_path(const fs::path& picture, const fs::path& folder, const std::string& kind) {
  const std::string ending = lower_ending(picture);
  const std::string last = ending == ".jpg" || ending == ".jpeg" ? ".jpg" : ".png";
  const fs::path place = folder.empty() ? picture.parent_path() : folder;
  const std::string stem = picture.stem().string() + "." + kind;
  fs::path path = place / (stem + last);
  for (int n = 1; fs::exists(fs::symlink_status(path)); ++n) path = place / str(stem, "-", n, last);
  return path;
}

}  // namespace mueca
