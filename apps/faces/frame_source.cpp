#include "apps/faces/frame_source.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/videoio.hpp>
#include <thread>
#include <vector>

#include "apps/faces/drawn_source.h"
#include "apps/faces/picture.h"
#include "core/error.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr int kLargestSide = 16384;  // pixels of a frame
constexpr char kInstead[] = "try --source sample.avi, a folder of pictures or another camera";

// One sentence of ours says what is wrong; OpenCV and FFmpeg would add a page of their own.
void silence_libraries() {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  ::setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);  // AV_LOG_QUIET, unless the user wants to see more
}

bool all_digits(const std::string& text) {
  return !text.empty() && text.size() < 4 && text.find_first_not_of("0123456789") == std::string::npos;
}

std::string cameras_here() {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/dev", none))
    if (entry.path().filename().string().starts_with("video")) names.push_back(entry.path().string());
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text += " " + name;
  return names.empty() ? "there is no /dev/video*" : "there are:" + text;
}

// A capture that was opened and has shown a frame, which is kept.
struct Opened {
  cv::VideoCapture capture;
  cv::Mat first;
};

Opened open_now(const std::string& what, int backend, const std::vector<int>& parameters) {
  Opened opened;
  try {
    if (opened.capture.open(what, backend, parameters)) opened.capture.read(opened.first);
  } catch (const cv::Exception&) {
    opened.first.release();
  }
  return opened;
}

// The same within kPatience: a driver or a server may never answer, so a thread of its own asks and may be left behind.
Opened open_in_time(const std::string& what, int backend, const std::vector<int>& parameters) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable ready;
    bool done = false;
    Opened opened;
  };
  const auto shared = std::make_shared<Shared>();
  std::thread([shared, what, backend, parameters] {
    Opened opened = open_now(what, backend, parameters);
    const std::lock_guard lock(shared->mutex);
    shared->opened = std::move(opened);
    shared->done = true;
    shared->ready.notify_all();
  }).detach();
  std::unique_lock lock(shared->mutex);
  shared->ready.wait_for(lock, kPatience, [&] { return shared->done; });
  return shared->done ? std::move(shared->opened) : Opened{};
}

class Capture : public FrameSource {
 public:
  Capture(const std::string& what, bool is_live, Opened opened) : opened_(std::move(opened)) {
    name = what;
    live = is_live;
    const double told = opened_.capture.get(cv::CAP_PROP_FPS), frames = opened_.capture.get(cv::CAP_PROP_FRAME_COUNT);
    rate = told > 0.01 && told < 1000 ? told : 0;
    count = !live && frames > 0 && frames < 1e9 ? static_cast<std::int64_t>(frames) : 0;
  }

  bool next(Frame& frame) override {
    cv::Mat picture = std::move(opened_.first);
    opened_.first = cv::Mat();
    try {
      if (picture.empty() && !opened_.capture.read(picture)) picture.release();
    } catch (const cv::Exception& error) {
      throw Error(str(name, ": frame ", index_, ": ", error.err));
    }
    if (picture.empty()) return ended();
    check(picture.type() == CV_8UC3 && picture.cols <= kLargestSide && picture.rows <= kLargestSide, name, ": frame ",
          index_, " is ", picture.cols, " x ", picture.rows, ", expected BGR of at most ", kLargestSide,
          " pixels a side");
    const auto now = Clock::now();
    if (index_ == 0) begun_ = now;
    frame.picture = picture.clone();  // the capture writes the next frame into its own buffer
    frame.seconds = live ? std::chrono::duration<double>(now - begun_).count()
                         : static_cast<double>(index_) / (rate > 0 ? rate : 25);
    frame.index = index_++;
    return true;
  }

 private:
  bool ended() const {
    check(!names_camera(name), name,
          ": the camera gives no more frames: is it unplugged, or taken by another program?");
    // Containers count frames that no decoder shows (edit lists, broken ends); a video that was cut off misses more.
    check(count <= index_ + std::max<std::int64_t>(8, count / 10), name, ": breaks off after ", index_, " of ", count,
          " frames; the file is truncated or damaged");
    return false;
  }

  Opened opened_;
  std::int64_t index_ = 0;
  Clock::time_point begun_;
};

class Pictures : public FrameSource {
 public:
  Pictures(const std::string& what, std::vector<fs::path> paths) : paths_(std::move(paths)) {
    name = what;
    count = static_cast<std::int64_t>(paths_.size());
  }

  bool next(Frame& frame) override {
    if (index_ == paths_.size()) return false;
    frame.picture = read_picture(paths_[index_]);
    frame.seconds = static_cast<double>(index_) / 25;
    frame.index = static_cast<std::int64_t>(index_++);
    return true;
  }

 private:
  std::vector<fs::path> paths_;
  std::size_t index_ = 0;
};

bool is_picture(const fs::path& path) {
  static constexpr std::string_view kEndings[] = {".jpg", ".jpeg", ".png", ".bmp", ".webp",
                                                  ".tif", ".tiff", ".ppm", ".pgm"};
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

std::unique_ptr<FrameSource> open_folder(const std::string& what) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(what))
    if (is_picture(entry.path()) && !entry.path().filename().string().starts_with('.')) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  check(!paths.empty(), what, ": holds no pictures (.jpg, .png, .bmp, .webp, .tif, .ppm)");
  return std::make_unique<Pictures>(what, std::move(paths));
}

std::string device_of(const std::string& camera) { return all_digits(camera) ? "/dev/video" + camera : camera; }

std::unique_ptr<FrameSource> open_camera(const std::string& what) {
  expect_camera(what);
  const std::string device = device_of(what);
  Opened opened = open_in_time(device, cv::CAP_V4L2, {});
  check(!opened.first.empty(), what, ": ", device,
        " shows no picture: used by another program, or no right to read it ", "(group video); ", cameras_here(), "; ",
        kInstead);
  return std::make_unique<Capture>(what, true, std::move(opened));
}

std::unique_ptr<FrameSource> open_file(const std::string& what) {
  check(fs::exists(what), what, ": no such file, folder or camera; ", kInstead);
  check(fs::is_regular_file(what), what, ": is neither a file nor a folder");
  check(fs::file_size(what) > 0, what, ": is empty (0 bytes)");
  if (is_picture(what)) return std::make_unique<Pictures>(what, std::vector<fs::path>{what});
  Opened opened = open_now(what, cv::CAP_FFMPEG, {});
  check(!opened.first.empty(), what,
        ": not a video that can be read: not one frame could be decoded; it may be truncated");
  return std::make_unique<Capture>(what, false, std::move(opened));
}

}  // namespace

bool names_camera(const std::string& what) { return all_digits(what) || what.starts_with("/dev/"); }

void expect_camera(const std::string& what) {
  const std::string device = device_of(what);
  check(fs::exists(device), what, ": no camera at ", device, "; ", cameras_here(), "; ", kInstead);
  check(fs::is_character_file(device), what, ": ", device, " is no camera; ", cameras_here());
}

bool names_stream(const std::string& what) { return what.find("://") != std::string::npos; }

std::unique_ptr<FrameSource> open_source(const std::string& what) {
  check(!what.empty(), "--source: is empty; ", kInstead);
  silence_libraries();
  if (names_drawn(what)) return drawn_source(what);
  if (names_camera(what)) return open_camera(what);
  if (names_stream(what)) {
    const int patience = static_cast<int>(std::chrono::milliseconds(kPatience).count());
    Opened opened = open_in_time(what, cv::CAP_FFMPEG,
                                 {cv::CAP_PROP_OPEN_TIMEOUT_MSEC, patience, cv::CAP_PROP_READ_TIMEOUT_MSEC, patience});
    check(!opened.first.empty(), what, ": the stream cannot be opened, or shows no picture within 10 seconds; ",
          kInstead);
    return std::make_unique<Capture>(what, true, std::move(opened));
  }
  if (fs::is_directory(what)) return open_folder(what);
  return open_file(what);
}

}  // namespace mueca
