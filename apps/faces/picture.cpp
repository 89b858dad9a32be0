#include "apps/faces/picture.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"

namespace mueca {

cv::Mat read_picture(const std::filesystem::path& path) {
  check(std::filesystem::is_regular_file(path), path.string(), ": no such file");
  cv::Mat picture;
  try {
    picture = cv::imread(path.string(), cv::IMREAD_COLOR);
  } catch (const cv::Exception& error) {
    throw Error(str(path.string(), ": ", error.what()));
  }
  check(!picture.empty(), path.string(), ": not a picture that can be read");
  return picture;
}

}  // namespace mueca
