// Where the time of a frame goes, by the clock and by the processor.
#pragma once
#include <time.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>

namespace mueca {

enum class Stage { decode, detect, follow, crop, network, smooth, overlay, write, show };
inline constexpr std::array<const char*, 9> kStageNames = {"decode", "detect",  "follow", "crop", "network",
                                                           "smooth", "overlay", "write",  "show"};

struct StageClock {
  struct Sum {
    double seconds = 0, processor = 0, least = std::numeric_limits<double>::infinity();
    std::int64_t times = 0;
  };
  std::array<Sum, kStageNames.size()> sums;

  // `processor`: seconds of this thread on a processor, which other programs do not lengthen.
  void add(Stage stage, double seconds, double processor) {
    Sum& sum = sums[static_cast<std::size_t>(stage)];
    sum.seconds += seconds;
    sum.processor += processor;
    sum.least = seconds < sum.least ? seconds : sum.least;
    ++sum.times;
  }
};

// Adds its own lifetime to a stage.
class StageTimer {
 public:
  StageTimer(StageClock& clock, Stage stage)
      : clock_(clock), stage_(stage), begun_(std::chrono::steady_clock::now()), processor_(thread_seconds()) {}
  ~StageTimer() {
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    clock_.add(stage_, wall, thread_seconds() - processor_);
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  static double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
  StageClock& clock_;
  Stage stage_;
  std::chrono::steady_clock::time_point begun_;
  double processor_;
};

}  // namespace mueca
