#include "apps/faces/face_stream.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace mueca {
namespace {

constexpr float kDetectorWindow = 24;  // pixels of the smallest face that a cascade sees
constexpr float kStillThere = 0.6f;    // correlation above which a followed face counts as seen
constexpr int kBridge = 9;  // frames that it may be followed without a detection; a wall looks the same for ever

}  // namespace

void FaceStream::detect(const cv::Mat& picture) {
  const float side = static_cast<float>(std::min(picture.rows, picture.cols));
  const float shrink = std::min(1.0f, kDetectorWindow / (rule.smallest * side));
  cv::Mat small = picture;
  if (shrink < 1) cv::resize(picture, small, {}, shrink, shrink, cv::INTER_AREA);
  std::vector<DetectedFace> found = pipeline_.detector->detect(small);
  std::vector<cv::Rect2f> boxes;
  for (DetectedFace& face : found) {
    face.box = {face.box.x / shrink, face.box.y / shrink, face.box.width / shrink, face.box.height / shrink};
    for (cv::Point2f& point : face.landmarks) point /= shrink;
    boxes.push_back(face.box);
  }
  const std::vector<int> keys = tracker_.update(boxes);
  for (std::size_t i = 0; i < found.size(); ++i) {
    Memory& memory = memory_[keys[i]];
    memory.last = found[i];
    memory.likeness = 1;
    memory.follower.look(picture, found[i].box);
  }
  std::erase_if(memory_, [&](const auto& entry) {
    return std::none_of(tracker_.tracks().begin(), tracker_.tracks().end(),
                        [&](const Track& track) { return track.key == entry.first; });
  });
}

std::vector<Expression> FaceStream::recognise(const std::vector<TrackedFace>& faces, const std::vector<int>& keys) {
  std::vector<cv::Mat> crops;
  for (const TrackedFace& face : faces) crops.push_back(face.crop);
  const auto width = static_cast<std::size_t>(pipeline_.recognizer->memory_size());
  if (width == 0 || faces.empty()) return pipeline_.recognizer->recognise(crops);
  const Tensor rows = Tensor::full({static_cast<Index>(faces.size()), static_cast<Index>(width)}, 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& kept = memory_[keys[i]].sequence;  // empty for a new track: zeros
    std::copy(kept.begin(), kept.end(), rows.span().begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  std::vector<Expression> answers = pipeline_.recognizer->recognise(crops, rows);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto row = rows.span().subspan(i * width, width);
    memory_[keys[i]].sequence.assign(row.begin(), row.end());
  }
  return answers;
}

std::vector<TrackedFace> FaceStream::see(const cv::Mat& picture) {
  tracker_.next_frame();
  {
    const StageTimer timer(stages, Stage::follow);
    for (Track& track : tracker_.tracks()) {
      Memory& memory = memory_[track.key];
      memory.likeness = memory.follower.follow(picture, track.box);
      memory.last.box = track.box;
      memory.last.landmarks.clear();
    }
  }
  // At the start faces are looked for in every frame, so that the first ones count soon.
  const bool starting = tracker_.confirmed() == 0 && !tracker_.tracks().empty();
  if (frame_++ % std::max(1, rule.every) == 0 || starting) {
    const StageTimer timer(stages, Stage::detect);
    detect(picture);
  }
  std::vector<TrackedFace> faces;
  std::vector<int> keys;
  {
    const StageTimer timer(stages, Stage::crop);
    for (const Track& track : tracker_.tracks()) {
      const Memory& memory = memory_[track.key];
      if (track.id == 0 || memory.likeness < kStillThere || track.unseen > kBridge) continue;
      TrackedFace face;
      face.track = track.id;
      face.where = memory.last;
      face.crop = face_crop(picture, face.where, pipeline_.rule, pipeline_.recognizer->crop_size);
      faces.push_back(std::move(face));
      keys.push_back(track.key);
    }
  }
  std::vector<Expression> answers;
  {
    const StageTimer timer(stages, Stage::network);
    answers = recognise(faces, keys);
  }
  const StageTimer timer(stages, Stage::smooth);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    faces[i].now = answers[i];
    faces[i].smooth =
        memory_[keys[i]].smooth.update(answers[i], rule.smoothing, pipeline_.recognizer->calibration.threshold);
  }
  std::sort(faces.begin(), faces.end(), [](const TrackedFace& a, const TrackedFace& b) { return a.track < b.track; });
  return faces;
}

}  // namespace mueca
