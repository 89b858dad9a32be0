// Where the time of a frame goes.
#pragma once
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
    double seconds = 0, least = std::numeric_limits<double>::infinity();
    std::int64_t times = 0;
  };
  std::array<Sum, kStageNames.size()> sums;

  void add(Stage stage, double seconds) {
    Sum& sum = sums[static_cast<std::size_t>(stage)];
    sum.seconds += seconds;
    sum.least = seconds < sum.least ? seconds : sum.least;
    ++sum.times;
  }
};

// Adds its own lifetime to a stage.
class StageTimer {
 public:
  StageTimer(StageClock& clock, Stage stage) : clock_(clock), stage_(stage), begun_(std::chrono::steady_clock::now()) {}
  ~StageTimer() {
    clock_.add(stage_, std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count());
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  StageClock& clock_;
  Stage stage_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace mueca
