// The loop of capture: a guide, a face in it, Space, a labelled picture on disk.
#pragma once
#include <atomic>
#include <string>

#include "apps/faces/face_stream.h"
#include "apps/faces/frame_source.h"
#include "apps/vision/capture_store.h"
#include "apps/vision/display.h"
#include "apps/vision/keys.h"

namespace mueca {

struct CaptureRules {
  bool mirror = true;
  int size = 96;      // side of the saved square in pixels
  int countdown = 3;  // seconds, once c has switched it on
  int burst = 5;      // pictures that t takes
  int label = 0;      // the first class
  std::int64_t max_frames = 0;
  std::string consent;
};

// Where a face should be: the middle of the frame, three fifths of its height.
cv::Rect guide_of(cv::Size frame);
// What is wrong with a face's place, "" when it fits: its centre in the guide's middle, its height half to all of it.
std::string guide_problem(const cv::Rect2f& face, const cv::Rect& guide);

// Ends with the source, max_frames, q or Esc, the window's close button or `stop`. Live sources drop late frames.
void run_capture(FrameSource& source, FacePipeline& pipeline, FaceStream& stream, Display* display,
                 const KeyScript& script, CaptureStore& store, CaptureRules rules, const std::atomic<bool>& stop);

}  // namespace mueca
