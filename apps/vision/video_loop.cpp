#include "apps/vision/video_loop.h"

#include <algorithm>
#include <iostream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "apps/faces/explain.h"
#include "apps/faces/latest_frame.h"
#include "apps/faces/overlay.h"
#include "apps/faces/overlay_pen.h"
#include "apps/table.h"

namespace mueca {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

double seconds_since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

// The whole picture in the middle of a black one of that size.
cv::Mat fitted(const cv::Mat& picture, cv::Size size) {
  if (size.empty() || picture.size() == size) return picture;
  const double scale = std::min(size.width / double(picture.cols), size.height / double(picture.rows));
  const cv::Size inner(std::clamp(cvRound(picture.cols * scale), 1, size.width),
                       std::clamp(cvRound(picture.rows * scale), 1, size.height));
  cv::Mat out(size, picture.type(), cv::Scalar());
  cv::resize(picture, out({{(size.width - inner.width) / 2, (size.height - inner.height) / 2}, inner}), inner, 0, 0,
             scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

class VideoLoop {
 public:
  VideoLoop(FrameSource& source, FacePipeline& pipeline, FaceStream& stream, Display* display, const KeyScript& script,
            VideoFiles& files, VideoRules rules, const std::atomic<bool>& stop)
      : source_(source),
        pipeline_(pipeline),
        stream_(stream),
        display_(display),
        script_(script),
        files_(files),
        rules_(std::move(rules)),
        stop_(stop) {
    if (rules_.realtime) latest_ = std::make_unique<LatestFrame>(source, !source.live);
  }

  VideoTotals run() {
    const auto begun = Clock::now();
    try {
      while (!quit_ && !stop_) turn();
    } catch (const Error& problem) {
      if (files_.frames == 0) throw;
      totals_.problem = problem.what();
    }
    if (recording_) recording_->commit();
    totals_.seconds = seconds_since(begun);
    totals_.latency_ms = files_.frames > 0 ? 1000 * latency_sum_ / static_cast<double>(files_.frames) : 0;
    totals_.dropped = latest_ ? latest_->dropped() : 0;
    return totals_;
  }

 private:
  void turn() {
    if (!paused_) {
      const auto answer = take();
      if (answer == LatestFrame::Answer::end) return void(quit_ = true);
      if (answer == LatestFrame::Answer::nothing_yet) return listen(1, false);
      process();
    }
    if (display_ && !canvas_.empty()) {
      const StageTimer timer(stream_.stages, Stage::show);
      display_->show(canvas_);
    }
    listen(paused_ && display_ ? 30 : 1, true);
    if (rules_.max_frames > 0 && files_.frames >= rules_.max_frames) quit_ = true;
    // A pause that nobody can end: without a window, only the script's later keys could.
    if (paused_ && !display_ && script_.over(turn_)) quit_ = true;
  }

  LatestFrame::Answer take() {
    if (latest_) return latest_->take(frame_, milliseconds(50));
    const StageTimer timer(stream_.stages, Stage::decode);
    return source_.next(frame_) ? LatestFrame::Answer::frame : LatestFrame::Answer::end;
  }

  void process() {
    const auto arrived = Clock::now();
    frame_.picture = fitted(frame_.picture, rules_.frame);
    if (rules_.mirror) cv::flip(frame_.picture, frame_.picture, 1);
    faces_ = stream_.see(frame_.picture);
    if (rules_.compound) name_compounds();
    draw();
    const double latency = seconds_since(arrived);
    latency_sum_ += latency;
    latency_ms_ = latency_ms_ > 0 ? 0.9 * latency_ms_ + 100 * latency : 1000 * latency;
    if (last_ != Clock::time_point()) {
      const double interval = std::max(1e-6, std::chrono::duration<double>(arrived - last_).count());
      interval_ = interval_ > 0 ? 0.9 * interval_ + 0.1 * interval : interval;
    }
    last_ = arrived;
    const StageTimer timer(stream_.stages, Stage::write);
    files_.frame(frame_, faces_, canvas_);
    if (recording_) recording_->write(canvas_);
  }

  void name_compounds() {
    std::vector<cv::Mat> crops;
    std::vector<Expression> expressions;  // the smoothed ones: a name should not flicker
    for (const TrackedFace& face : faces_) crops.push_back(face.crop), expressions.push_back(face.smooth);
    const std::vector<CompoundAnswer> answers = rules_.compound->name(crops, expressions);
    for (std::size_t i = 0; i < faces_.size(); ++i) faces_[i].compound = answers[i];
  }

  void draw() {
    const StageTimer timer(stream_.stages, Stage::overlay);
    const std::vector<std::string>& classes = pipeline_.recognizer->classes;
    canvas_ = frame_.picture.clone();
    for (const TrackedFace& face : faces_) {  // nobody's blur covers another one's label
      if (rules_.privacy) blur_face(canvas_, face.where.box);
      if (rules_.emoji) draw_emoji(canvas_, face.where.box, classes[static_cast<std::size_t>(face.smooth.label)]);
    }
    for (const TrackedFace& face : faces_) {
      const auto label = static_cast<std::size_t>(face.smooth.label);
      draw_face_mark(canvas_,
                     {face.where.box, face.smooth.uncertain ? "" : classes[label],
                      face_caption(classes[label], face.smooth.probability[label], face.smooth.uncertain, face.track),
                      compound_caption(face.compound)});
      cv::Rect bars;
      if (rules_.bars) bars = draw_bars(canvas_, face.where.box, classes, face.smooth.probability);
      if (rules_.explain && !rules_.privacy) draw_explanation(face, bars);  // it shows the face
    }
    if (rules_.figures) draw_hud(canvas_, figures());
    if (rules_.help) draw_key_help(canvas_, kVideoKeys);
  }

  // Beside the face, below the bars if there are any.
  void draw_explanation(const TrackedFace& face, const cv::Rect& bars) {
    const cv::Mat panel = explain(*pipeline_.recognizer, face.crop, "", std::max(64, canvas_.rows / 5));
    cv::Rect place = beside(face.where.box, panel.size(), canvas_.size(), 10);
    if (!bars.empty()) place = pushed_inside({{bars.x, bars.y + bars.height + 4}, panel.size()}, canvas_.size());
    const cv::Rect inside = place & cv::Rect({0, 0}, canvas_.size());
    panel(cv::Rect(inside.tl() - place.tl(), inside.size())).copyTo(canvas_(inside));
  }

  HudFigures figures() {
    HudFigures hud{interval_ > 0 ? 1 / interval_ : 0, latency_ms_, rules_.device, pipeline_.recognizer->name, {}};
    if (latest_ && latest_->dropped() > 0) hud.more.push_back(str(latest_->dropped(), " dropped"));
    if (recording_) hud.more.push_back("REC " + recording_->target().filename().string());
    if (!said_.empty() && files_.frames < said_until_) hud.more.push_back(said_);
    return hud;
  }

  void say(const std::string& words) {
    said_ = words;
    said_until_ = files_.frames + 60;
    if (!display_) std::cerr << words << "\n";
  }

  // `counts`: a turn of the loop is over, so the script's next keys are due.
  void listen(int wait, bool counts) {
    if (counts)
      for (const int key : script_.at(turn_++)) press(key);
    if (!display_) return;
    if (const int key = display_->key(wait); key >= 0) press(key);
    if (display_->closed()) quit_ = true;
  }

  void press(int key) {
    SmoothingRule& smoothing = stream_.rule.smoothing;
    switch (key) {
      case 'q':
      case kKeyEscape:
        quit_ = true;
        return;
      case kKeySpace:
        paused_ = !paused_;
        if (latest_) latest_->pause(paused_);
        return;
      case 'h':
        rules_.help = !rules_.help;
        break;
      case 'm':
        rules_.mirror = !rules_.mirror;
        break;
      case 'b':
        rules_.bars = !rules_.bars;
        break;
      case 'p':
        rules_.privacy = !rules_.privacy;
        break;
      case 'x':
        if (!pipeline_.recognizer->network()) return say("only a network can be explained");
        rules_.explain = !rules_.explain;
        break;
      case 'e':
        rules_.emoji = !rules_.emoji;
        break;
      case 's':
        return screenshot();
      case 'r':
        return record();
      case 'd':
        return next_detector();
      case '+':
      case '-':
        smoothing.alpha = std::clamp(smoothing.alpha * (key == '+' ? 0.8f : 1.25f), 0.05f, 1.0f);
        return say("smoothing " + fixed(smoothing.alpha, 2) + (smoothing.alpha == 1 ? " (off)" : ""));
      default:
        return;
    }
    if (paused_ && !frame_.picture.empty()) draw();
  }

  void screenshot() {
    if (canvas_.empty()) return;
    const auto path = free_name(rules_.shots, "mueca-shot", ".png");
    std::vector<unsigned char> bytes;
    cv::imencode(".png", canvas_, bytes);
    write_file_atomically(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    say("saved " + path.string());
  }

  void record() {
    if (recording_) {
      recording_->commit();
      say("saved " + recording_->target().string());
      recording_.reset();
      return;
    }
    recording_ = std::make_unique<FilmFile>(free_name(rules_.shots, "mueca-film", ".avi"), source_.rate);
    say("recording");
  }

  void next_detector() {
    static const std::vector<std::string> kNames = {"haar", "lbp", "yunet"};
    const auto now = std::find(kNames.begin(), kNames.end(), rules_.detector.name);
    for (std::size_t step = 1; step < kNames.size(); ++step) {
      DetectorChoice choice = rules_.detector;
      choice.name = kNames[(static_cast<std::size_t>(now - kNames.begin()) + step) % kNames.size()];
      if (choice.name == "yunet" && choice.model.empty()) continue;
      try {
        pipeline_.detector = make_detector(choice);
      } catch (const Error& problem) {
        say(problem.what());
        continue;
      }
      pipeline_.rule = crop_rule(choice.name);
      stream_.look_again();
      rules_.detector = choice;
      return say("detector " + choice.name);
    }
  }

  FrameSource& source_;
  FacePipeline& pipeline_;
  FaceStream& stream_;
  Display* display_;
  const KeyScript& script_;
  VideoFiles& files_;
  VideoRules rules_;
  const std::atomic<bool>& stop_;
  std::unique_ptr<LatestFrame> latest_;
  std::unique_ptr<FilmFile> recording_;
  Frame frame_;
  std::vector<TrackedFace> faces_;
  cv::Mat canvas_;
  std::string said_;
  std::int64_t said_until_ = 0, turn_ = 0;
  double latency_sum_ = 0, latency_ms_ = 0, interval_ = 0;
  Clock::time_point last_;
  bool paused_ = false, quit_ = false;
  VideoTotals totals_;
};

}  // namespace

VideoTotals run_video(FrameSource& source, FacePipeline& pipeline, FaceStream& stream, Display* display,
                      const KeyScript& script, VideoFiles& files, VideoRules rules, const std::atomic<bool>& stop) {
  return VideoLoop(source, pipeline, stream, display, script, files, std::move(rules), stop).run();
}

}  // namespace mueca
