#include "apps/vision/capture_loop.h"

#include <cmath>
#include <iostream>
#include <opencv2/imgproc.hpp>

#include "apps/faces/latest_frame.h"
#include "apps/faces/overlay.h"
#include "apps/faces/overlay_pen.h"

namespace mueca {
namespace {

class CaptureLoop {
 public:
  CaptureLoop(FrameSource& source, FacePipeline& pipeline, FaceStream& stream, Display* display,
              const KeyScript& script, CaptureStore& store, CaptureRules rules, const std::atomic<bool>& stop)
      : source_(source),
        pipeline_(pipeline),
        stream_(stream),
        display_(display),
        script_(script),
        store_(store),
        rules_(std::move(rules)),
        stop_(stop) {
    if (source.live || display) latest_ = std::make_unique<LatestFrame>(source, !source.live);
  }

  void run() {
    while (!quit_ && !stop_) {
      const auto answer = take();
      if (answer == LatestFrame::Answer::end) return;
      if (answer == LatestFrame::Answer::frame) {
        look();
        draw();
        for (const int key : script_.at(frames_++)) press(key);
        work_off();
      }
      if (display_) {
        if (!canvas_.empty()) display_->show(canvas_);
        if (const int key = display_->key(1); key >= 0) press(key);
        if (display_->closed()) return;
      }
      if (rules_.max_frames > 0 && frames_ >= rules_.max_frames) return;
    }
  }

 private:
  const std::vector<std::string>& classes() const { return pipeline_.recognizer->classes; }

  LatestFrame::Answer take() {
    if (latest_) return latest_->take(frame_, std::chrono::milliseconds(50));
    return source_.next(frame_) ? LatestFrame::Answer::frame : LatestFrame::Answer::end;
  }

  void look() {
    if (rules_.mirror) cv::flip(frame_.picture, frame_.picture, 1);
    guide_ = guide_of(frame_.picture.size());
    const std::vector<TrackedFace> faces = stream_.see(frame_.picture);
    problem_ = faces.empty() ? "no face in sight" : "one face at a time, please";
    face_.reset();
    for (const TrackedFace& face : faces) {  // others may stand outside the guide
      const std::string problem = guide_problem(face.where.box, guide_);
      if (problem.empty() && face_) return void((problem_ = "one face at a time, please", face_.reset()));
      if (problem.empty()) face_ = face;
      if (faces.size() == 1) problem_ = problem;
    }
    if (face_) problem_.clear();
  }

  std::string words() const {
    if (!problem_.empty()) return problem_;
    if (waiting_ > 0) return str("hold it: ", static_cast<int>(std::ceil(waiting_until_ - frame_.seconds)));
    return "show \"" + classes()[static_cast<std::size_t>(rules_.label)] + "\", Space takes the picture";
  }

  void draw() {
    canvas_ = frame_.picture.clone();
    draw_guide(canvas_, guide_, problem_.empty(), words());
    if (face_) {
      const auto label = static_cast<std::size_t>(face_->smooth.label);
      draw_face_mark(canvas_,
                     {face_->where.box, classes()[label],
                      face_caption(classes()[label], face_->smooth.probability[label], face_->smooth.uncertain)});
    }
    std::vector<std::string> lines;
    for (std::size_t k = 0; k < classes().size(); ++k)
      lines.push_back(str(k == static_cast<std::size_t>(rules_.label) ? "> " : "   ", k + 1, " ", classes()[k], ": ",
                          store_.counts()[k]));
    if (counts_down_) lines.push_back(str("countdown ", rules_.countdown, " s"));
    if (!said_.empty()) lines.push_back(said_);
    const OverlayPen pen(canvas_);
    pen.panel(canvas_, {pen.gap, pen.gap}, lines);
    if (help_) draw_key_help(canvas_, kCaptureKeys);
  }

  void say(const std::string& words) {
    said_ = words;
    std::cerr << words << "\n";
  }

  // Pictures that were asked for wait for the countdown and for a face in the guide.
  void work_off() {
    if (waiting_ == 0 || frame_.seconds < waiting_until_ || !face_) return;
    shoot();
    --waiting_;
  }

  void shoot() {
    const cv::Mat crop = face_crop(frame_.picture, face_->where, pipeline_.rule, rules_.size);  // as networks see it
    const auto seen = static_cast<std::size_t>(face_->now.label);
    const auto path = store_.save(
        {crop, rules_.label, classes()[seen], face_->now.probability[seen], pipeline_.recognizer->name, rules_.consent},
        utc_now());
    say(str("saved ", path.filename().string(), ", seen as ",
            face_caption(classes()[seen], face_->now.probability[seen], face_->now.uncertain)));
  }

  void ask_for(int pictures) {
    if (!counts_down_ && !face_) return say(problem_);
    waiting_ = pictures;
    waiting_until_ = frame_.seconds + (counts_down_ ? rules_.countdown : 0);
  }

  void press(int key) {
    if (key >= '1' && key <= '9' && static_cast<std::size_t>(key - '1') < classes().size()) {
      rules_.label = key - '1';
      return;
    }
    switch (key) {
      case 'q':
      case kKeyEscape:
        quit_ = true;
        break;
      case kKeySpace:
        ask_for(1);
        break;
      case 't':
        ask_for(rules_.burst);
        break;
      case 'c':
        counts_down_ = !counts_down_;
        break;
      case 'm':
        rules_.mirror = !rules_.mirror;
        break;
      case 'h':
        help_ = !help_;
        break;
      case 'u': {
        const auto path = store_.undo();
        say(path.empty() ? "nothing to undo" : "removed " + path.filename().string());
        break;
      }
      default:
        break;
    }
  }

  FrameSource& source_;
  FacePipeline& pipeline_;
  FaceStream& stream_;
  Display* display_;
  const KeyScript& script_;
  CaptureStore& store_;
  CaptureRules rules_;
  const std::atomic<bool>& stop_;
  std::unique_ptr<LatestFrame> latest_;
  Frame frame_;
  cv::Rect guide_;
  std::optional<TrackedFace> face_;  // the one in the guide
  std::string problem_, said_;
  cv::Mat canvas_;
  std::int64_t frames_ = 0;
  int waiting_ = 0;  // pictures that are still to be taken
  double waiting_until_ = 0;
  bool counts_down_ = false, help_ = true, quit_ = false;
};

}  // namespace

cv::Rect guide_of(cv::Size frame) {
  const int height = frame.height * 3 / 5, width = std::min(frame.width, height * 4 / 5);
  return {(frame.width - width) / 2, (frame.height - height) / 2, width, height};
}

std::string guide_problem(const cv::Rect2f& face, const cv::Rect& guide) {
  const cv::Point2f far = (face.tl() + face.br()) * 0.5f - cv::Point2f(guide.tl() + guide.br()) * 0.5f;
  const auto width = static_cast<float>(guide.width), height = static_cast<float>(guide.height);
  if (face.height < 0.5f * height) return "come closer";
  if (face.height > height) return "step back";
  if (std::abs(far.x) > 0.25f * width) return far.x < 0 ? "move right" : "move left";
  if (std::abs(far.y) > 0.25f * height) return far.y < 0 ? "move down" : "move up";
  return "";
}

void run_capture(FrameSource& source, FacePipeline& pipeline, FaceStream& stream, Display* display,
                 const KeyScript& script, CaptureStore& store, CaptureRules rules, const std::atomic<bool>& stop) {
  CaptureLoop(source, pipeline, stream, display, script, store, std::move(rules), stop).run();
}

}  // namespace mueca
