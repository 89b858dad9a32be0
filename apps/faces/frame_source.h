// Where frames come from: a camera, a video file, pictures, a stream.
#pragma once
#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <string>

namespace mueca {

struct Frame {
  cv::Mat picture;         // BGR, 8 bits
  std::int64_t index = 0;  // in the source, from 0; frames that nobody took leave gaps
  double seconds = 0;      // since the source's first frame: by the file's rate, or by the clock when live
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  // The next frame, whose picture is the caller's own; false at the end. Throws Error naming the source: it breaks off,
  // a picture in it cannot be read, a camera stopped.
  virtual bool next(Frame& frame) = 0;

  std::string name;        // as the user typed it
  bool live = false;       // a camera or a stream: it does not wait for anyone
  double rate = 0;         // frames per second; 0: not known (then 25 is a fair guess)
  std::int64_t count = 0;  // frames; 0: not known
};

// `what`: a camera's number or /dev/videoN, a video file, a picture, a folder of pictures (in the order of their
// names), or a stream's URL (rtsp://, http://, https://, udp://). Never hangs: a camera or stream that shows nothing
// within ten seconds is an Error, as is a file that is missing, empty or no video. All say what to try instead.
std::unique_ptr<FrameSource> open_source(const std::string& what);

bool names_camera(const std::string& what);   // "0", "/dev/video2"; asking for consent is then due
void expect_camera(const std::string& what);  // throws Error when there is no such device; opens nothing
bool names_stream(const std::string& what);   // scheme://...

}  // namespace mueca
