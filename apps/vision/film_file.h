// An annotated film: Motion JPEG in AVI, which everything plays and nothing but OpenCV is needed for.
#pragma once
#include <filesystem>
#include <opencv2/videoio.hpp>

#include "core/files/atomic_file.h"

namespace mueca {

// Whole or not there: without commit() nothing is left. Equal frames give equal bytes.
class FilmFile {
 public:
  FilmFile(const std::filesystem::path& target, double rate);  // *.avi; rate in frames per second, 0: 25
  ~FilmFile();
  FilmFile(const FilmFile&) = delete;
  FilmFile& operator=(const FilmFile&) = delete;

  void write(const cv::Mat& picture);  // BGR; later ones of another size are scaled to the first one's
  void commit();                       // without a frame: no file
  const std::filesystem::path& target() const { return target_; }

 private:
  std::filesystem::path target_, part_;
  AtomicFile file_;
  double rate_;
  cv::VideoWriter writer_;
  cv::Size size_;
};

// The first of stem-001.ending, stem-002.ending, ... that is not there: nothing is overwritten.
std::filesystem::path free_name(const std::filesystem::path& folder, const std::string& stem,
                                const std::string& ending);

}  // namespace mueca
