#include "apps/chat_expression.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "apps/faces/face_stream.h"
#include "apps/faces/latest_frame.h"
#include "data/pack.h"

namespace mueca {
namespace {

using Clock = std::chrono::steady_clock;

// The largest face's smoothed answer; nothing without a face, or when the network is not certain enough by its own
// calibration.
std::optional<ApparentExpression> expression_in(const std::vector<TrackedFace>& faces, const Recognizer& recognizer) {
  if (faces.empty()) return {};
  const TrackedFace& face =
      *std::ranges::max_element(faces, {}, [](const TrackedFace& f) { return f.where.box.area(); });
  if (face.smooth.uncertain) return {};
  const auto label = static_cast<std::size_t>(face.smooth.label);
  ApparentExpression seen{
      recognizer.classes[label], face.smooth.probability[label], static_cast<int>(faces.size()), {}};
  for (const std::string& name : emotion_names()) {
    const auto at = static_cast<std::size_t>(std::ranges::find(recognizer.classes, name) - recognizer.classes.begin());
    seen.probability.push_back(at < recognizer.classes.size() ? face.smooth.probability[at] : 0);
  }
  return seen;
}

// A clip: one second of it per question, from the start.
class ClipExpression : public ExpressionSource {
 public:
  explicit ClipExpression(std::unique_ptr<FrameSource> source)
      : source_(std::move(source)), pipeline_({}, shipped_checkpoint()), stream_(pipeline_, {}) {}

  std::optional<ApparentExpression> latest() override {
    const int frames = std::clamp(static_cast<int>(source_->rate > 0 ? source_->rate : 25), 1, 120);
    std::optional<ApparentExpression> seen;
    try {
      Frame frame;
      for (int i = 0; i < frames; ++i) {
        if (!source_->next(frame)) {
          problem_ = ": over";
          break;
        }
        seen = expression_in(stream_.see(frame.picture), *pipeline_.recognizer);
      }
    } catch (const std::exception& error) {
      problem_ = str(": ", error.what());
      return {};
    }
    return seen;
  }
  std::string status() override { return source_->name + problem_; }

 private:
  std::unique_ptr<FrameSource> source_;
  FacePipeline pipeline_;
  FaceStream stream_;
  std::string problem_;
};

// A camera: watched by a thread, which the conversation asks for its latest answer.
class LiveExpression : public ExpressionSource {
 public:
  explicit LiveExpression(std::unique_ptr<FrameSource> source)
      : source_(std::move(source)), pipeline_({}, shipped_checkpoint()), thread_([this] { watch(); }) {}
  ~LiveExpression() override {
    stop_ = true;
    thread_.join();
  }

  std::optional<ApparentExpression> latest() override {
    const std::lock_guard lock(mutex_);
    const bool stale = Clock::now() - when_ > std::chrono::seconds(3);
    return stale ? std::nullopt : seen_;
  }
  std::string status() override {
    const std::lock_guard lock(mutex_);
    return source_->name + problem_;
  }

 private:
  static constexpr auto kPause = std::chrono::milliseconds(150);  // a mood needs no 30 looks a second

  void watch() {
    try {
      LatestFrame frames(*source_);
      StreamRule rule;
      rule.every = 1;
      FaceStream stream(pipeline_, rule);
      for (Frame frame; !stop_;) {
        const LatestFrame::Answer answer = frames.take(frame, std::chrono::milliseconds(100));
        if (answer == LatestFrame::Answer::end) return report({}, ": over");
        if (answer == LatestFrame::Answer::nothing_yet) continue;
        report(expression_in(stream.see(frame.picture), *pipeline_.recognizer), "");
        std::this_thread::sleep_for(kPause);
      }
    } catch (const std::exception& error) {  // the camera was pulled out: talking goes on
      report({}, str(": ", error.what()));
    }
  }
  void report(const std::optional<ApparentExpression>& seen, const std::string& problem) {
    const std::lock_guard lock(mutex_);
    seen_ = seen, problem_ = problem, when_ = Clock::now();
  }

  std::unique_ptr<FrameSource> source_;
  FacePipeline pipeline_;
  std::mutex mutex_;
  std::optional<ApparentExpression> seen_;
  std::string problem_;
  Clock::time_point when_{};
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<ExpressionSource> open_expression_source(const std::string& source) {
  std::unique_ptr<FrameSource> frames = open_source(source);
  if (frames->live) return std::make_unique<LiveExpression>(std::move(frames));
  return std::make_unique<ClipExpression>(std::move(frames));
}

bool source_is_camera(const std::string& source) { return names_camera(source); }

}  // namespace mueca
