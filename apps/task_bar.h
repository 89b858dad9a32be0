// What the user sees of long work: on a terminal one bar that is redrawn, elsewhere a line a minute.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace mueca {

// "t-SNE [======      ] 250/1000  KL 2.310  00:12 left", on stderr, gone when it is done. A unit stands before the
// count: "step 12/40".
class TaskBar {
 public:
  TaskBar();                                                                      // live where the terminal takes it
  explicit TaskBar(bool live, bool quiet = false, const std::string& unit = "");  // quiet: nothing at all
  ~TaskBar();
  TaskBar(const TaskBar&) = delete;
  TaskBar& operator=(const TaskBar&) = delete;

  void begin(const std::string& task, std::int64_t steps);
  void step(std::int64_t done, const std::string& figures = "");
  void line(const std::string& text);  // clears the bar first

 private:
  void clear();
  using Clock = std::chrono::steady_clock;

  bool live_, quiet_ = false, drawn_ = false;
  std::string unit_, task_;
  std::int64_t steps_ = 0;
  Clock::time_point begun_, shown_;
};

}  // namespace mueca
