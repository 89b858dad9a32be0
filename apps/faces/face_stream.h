// Frames in, tracked faces with calm expressions out: what video, webcam, capture and chat look through.
#pragma once
#include <map>
#include <vector>

#include "apps/faces/compound.h"
#include "apps/faces/follow.h"
#include "apps/faces/pipeline.h"
#include "apps/faces/smoothing.h"
#include "apps/faces/stages.h"
#include "apps/faces/tracker.h"

namespace mueca {

struct StreamRule {
  int every = 3;          // faces are looked for in each n-th frame and followed between
  float smallest = 0.1f;  // as DetectorChoice's: frames shrink before detection as far as this size of face allows
  TrackRule track;
  SmoothingRule smoothing;
};

struct TrackedFace {
  int track = 0;                 // 1, 2, ...
  DetectedFace where;            // landmarks only in frames in which it was detected
  Expression now, smooth;        // of this frame alone; over the track
  cv::Mat crop;                  // what the recogniser saw
  CompoundAnswer compound = {};  // where somebody asked for compound emotions
};

class FaceStream {
 public:
  FaceStream(FacePipeline& pipeline, const StreamRule& rule_)
      : rule(rule_), pipeline_(pipeline), tracker_(rule_.track) {}

  std::vector<TrackedFace> see(const cv::Mat& picture);  // the next frame, BGR; faces in the order of their ids
  void look_again() { frame_ = 0; }                      // the next frame gets a detection: the detector was changed
  int tracks() const { return tracker_.confirmed(); }    // how many there were so far

  StreamRule rule;  // smoothing may change between frames
  StageClock stages;

 private:
  struct Memory {
    Follower follower;
    SmoothedExpression smooth;
    std::vector<float> sequence;  // the recogniser's own, [D]
    DetectedFace last;
    float likeness = 1;
  };
  void detect(const cv::Mat& picture);
  std::vector<Expression> recognise(const std::vector<TrackedFace>& faces, const std::vector<int>& keys);

  FacePipeline& pipeline_;
  Tracker tracker_;
  std::map<int, Memory> memory_;  // by a track's key
  std::int64_t frame_ = 0;
};

}  // namespace mueca
