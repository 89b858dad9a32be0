#include "apps/faces/latest_frame.h"

namespace mueca {

LatestFrame::LatestFrame(FrameSource& source, bool paced) : source_(source), thread_([this, paced] { run(paced); }) {}

LatestFrame::~LatestFrame() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LatestFrame::pause(bool on) {
  const std::lock_guard lock(mutex_);
  paused_ = on;
  changed_.notify_all();
}

void LatestFrame::run(bool paced) {
  Clock::time_point begun = Clock::now();
  std::exception_ptr problem;
  try {
    for (Frame frame; source_.next(frame); frame = {}) {
      std::unique_lock lock(mutex_);
      while (paced && !stop_) {
        const auto due =
            begun + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(frame.seconds));
        if (!paused_ && !changed_.wait_until(lock, due, [&] { return stop_ || paused_; })) break;
        const auto halted = Clock::now();
        changed_.wait(lock, [&] { return stop_ || !paused_; });
        begun += Clock::now() - halted;
      }
      if (stop_) return;
      if (slot_) ++dropped_;
      slot_ = std::move(frame);
      changed_.notify_all();
    }
  } catch (...) {
    problem = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  problem_ = problem;
  ended_ = true;
  changed_.notify_all();
}

LatestFrame::Answer LatestFrame::take(Frame& frame, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return slot_ || ended_; });
  if (slot_) {
    frame = std::move(*slot_);
    slot_.reset();
    return Answer::frame;
  }
  if (problem_) std::rethrow_exception(problem_);
  return ended_ ? Answer::end : Answer::nothing_yet;
}

}  // namespace mueca
