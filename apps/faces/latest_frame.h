// The newest frame of a source, caught in a thread of its own: who is slow sees fewer frames, not old ones.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "apps/faces/frame_source.h"

namespace mueca {

class LatestFrame {
 public:
  enum class Answer { frame, nothing_yet, end };

  // `paced`: frames appear when their `seconds` have come, as on a screen; live sources pace themselves.
  explicit LatestFrame(FrameSource& source, bool paced = false);
  ~LatestFrame();  // waits for the read in progress
  LatestFrame(const LatestFrame&) = delete;
  LatestFrame& operator=(const LatestFrame&) = delete;

  // The newest frame that was not taken yet; waits for one until `patience` is over. The last frame of a source is
  // always given. Throws what the source threw.
  Answer take(Frame& frame, std::chrono::milliseconds patience);
  void pause(bool on);                               // a paced source holds still; a live one goes on
  std::int64_t dropped() const { return dropped_; }  // frames that a newer one replaced

 private:
  using Clock = std::chrono::steady_clock;
  void run(bool paced);

  FrameSource& source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Frame> slot_;
  bool ended_ = false, stop_ = false, paused_ = false;
  std::exception_ptr problem_;
  std::atomic<std::int64_t> dropped_{0};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace mueca
