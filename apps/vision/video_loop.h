// The loop of video and webcam: take a frame, see faces, draw, show, write, listen to keys.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include "apps/faces/compound_namer.h"
#include "apps/faces/face_stream.h"
#include "apps/vision/display.h"
#include "apps/vision/keys.h"
#include "apps/vision/video_files.h"

namespace mueca {

struct VideoRules {
  bool realtime = false;  // frames have their time and late ones are dropped; otherwise every frame is processed
  bool mirror = false, privacy = false, emoji = false, bars = true, help = false;
  bool explain = false;         // Grad-CAM beside each face; for networks
  bool figures = true;          // draws frames per second and latency; not in films that must repeat byte for byte
  std::int64_t max_frames = 0;  // 0: all
  const CompoundNamer* compound = nullptr;  // names a compound emotion per track, if given
  cv::Size frame;                           // frames are scaled and padded to this; empty: as they come
  std::filesystem::path shots = ".";        // where the screenshots and recordings go that keys ask for
  DetectorChoice detector;                  // the first of those that the key d walks through
  std::string device = "cpu";
};

struct VideoTotals {
  std::int64_t dropped = 0;
  double seconds = 0;     // wall time of the loop
  double latency_ms = 0;  // mean, from a frame's arrival to its overlay
  std::string problem;    // why the source broke off, if it did; what came before is complete
};

// Ends with the source, max_frames, q or Esc, the window's close button, or `stop`. `display` may be null.
VideoTotals run_video(FrameSource& source, FacePipeline& pipeline, FaceStream& stream, Display* display,
                      const KeyScript& script, VideoFiles& files, VideoRules rules, const std::atomic<bool>& stop);

}  // namespace mueca
