// Where frames are shown and keys are typed. The loops see only this, so that they run without a screen.
#pragma once
#include <memory>
#include <opencv2/core.hpp>
#include <string>

namespace mueca {

class Display {
 public:
  virtual ~Display() = default;
  virtual void show(const cv::Mat& picture) = 0;
  virtual int key(int milliseconds) = 0;  // the next key within that time, as ASCII; -1: none
  virtual bool closed() = 0;              // the user closed the window
};

// Empty when a window can be opened. OpenCV aborts the whole process without a screen, therefore a child process tries
// first; call it before threads are started.
std::string display_problem();

// Throws Error with display_problem() and `instead`, what the user can do without a screen.
std::unique_ptr<Display> open_window(const std::string& title, const std::string& instead);

}  // namespace mueca
