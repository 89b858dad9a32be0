#include "apps/vision/film_file.h"

#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "apps/command.h"

namespace mueca {

namespace fs = std::filesystem;

FilmFile::FilmFile(const fs::path& target, double rate) : target_(target), file_(target), rate_(rate > 0 ? rate : 25) {
  if (target.extension() != ".avi") throw UsageError(target.string() + ": films are written as .avi (Motion JPEG)");
  part_ = file_.temporary();
  part_ += ".avi";  // the writer goes by the ending
}

FilmFile::~FilmFile() {
  writer_.release();
  std::error_code ignored;
  fs::remove(part_, ignored);
}

void FilmFile::write(const cv::Mat& picture) {
  if (!writer_.isOpened()) {
    size_ = picture.size();
    check(writer_.open(part_.string(), cv::CAP_OPENCV_MJPEG, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), rate_, size_),
          target_.string(), ": cannot be written");
    writer_.set(cv::VIDEOWRITER_PROP_QUALITY, 90);
  }
  if (picture.size() == size_) return writer_.write(picture);
  cv::Mat scaled;
  cv::resize(picture, scaled, size_, 0, 0, cv::INTER_AREA);
  writer_.write(scaled);
}

void FilmFile::commit() {
  if (!writer_.isOpened()) return;
  writer_.release();
  std::error_code error;
  fs::rename(part_, file_.temporary(), error);
  check(!error, target_.string(), ": cannot be written: ", error.message());
  file_.commit();
}

fs::path free_name(const fs::path& folder, const std::string& stem, const std::string& ending) {
  for (int i = 1; i < 100'000; ++i) {
    char number[16];
    std::snprintf(number, sizeof number, "-%03d", i);
    const fs::path path = folder / (stem + number + ending);
    if (!fs::exists(path)) return path;
  }
  throw Error(str(folder.string(), ": no free name for ", stem, "-NNN", ending));
}

}  // namespace mueca
