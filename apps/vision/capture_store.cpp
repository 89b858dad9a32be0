#include "apps/vision/capture_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/error.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

// Private from the first byte on, and only if nothing has that name.
void write_private(const fs::path& path, const void* bytes, std::size_t count) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  check(file >= 0, path.string(), ": cannot be written: ", std::strerror(errno));
  const bool written = ::write(file, bytes, count) == static_cast<ssize_t>(count) && ::fsync(file) == 0;
  const std::string why = written ? "" : std::strerror(errno);
  ::close(file);
  if (!written) fs::remove(path);
  check(written, path.string(), ": cannot be written: ", why);
}

}  // namespace

CaptureStore::CaptureStore(fs::path folder, std::vector<std::string> classes)
    : folder_(std::move(folder)), classes_(std::move(classes)), counts_(classes_.size()) {
  std::error_code error;
  const bool made = fs::create_directories(folder_, error);
  check(fs::is_directory(folder_), folder_.string(), ": cannot be made: ", error.message());
  if (made) fs::permissions(folder_, fs::perms::owner_all, error);
  for (std::size_t k = 0; k < classes_.size(); ++k)
    for (const auto& entry : fs::directory_iterator(folder_ / classes_[k], error))
      counts_[k] += entry.path().extension() == ".png";
}

fs::path CaptureStore::save(const Capture& capture, const std::string& time) {
  const std::string& name = classes_.at(static_cast<std::size_t>(capture.label));
  std::vector<unsigned char> picture;
  check(cv::imencode(".png", capture.crop, picture), "capture: the picture cannot be packed");
  const nlohmann::ordered_json facts = {{"class", name},
                                        {"time", time},
                                        {"consent", capture.consent},
                                        {"model", capture.model},
                                        {"prediction", capture.prediction},
                                        {"confidence", capture.confidence},
                                        {"width", capture.crop.cols},
                                        {"height", capture.crop.rows}};
  const std::string text = facts.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
  fs::create_directories(folder_ / name);
  for (int number = counts_[static_cast<std::size_t>(capture.label)] + 1; number < 1'000'000; ++number) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "-%04d", number);
    const fs::path path = folder_ / name / (name + digits + ".png"), beside = fs::path(path).replace_extension(".json");
    if (fs::exists(path) || fs::exists(beside)) continue;
    write_private(beside, text.data(), text.size());
    try {
      write_private(path, picture.data(), picture.size());
    } catch (...) {
      fs::remove(beside);
      throw;
    }
    ++counts_[static_cast<std::size_t>(capture.label)];
    saved_.emplace_back(path, capture.label);
    return path;
  }
  throw Error((folder_ / name).string() + ": no free name is left");
}

fs::path CaptureStore::undo() {
  if (saved_.empty()) return {};
  const auto [path, label] = saved_.back();
  saved_.pop_back();
  std::error_code gone;
  fs::remove(path, gone);
  fs::remove(fs::path(path).replace_extension(".json"), gone);
  --counts_[static_cast<std::size_t>(label)];
  return path;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace mueca
