#include "apps/vision/display.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <opencv2/highgui.hpp>
#include <thread>

#include "core/error.h"

namespace mueca {
namespace {

bool set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value;
}

// Opens and closes a window in a child process; false when that died, or took longer than five seconds.
bool window_opens() {
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO), ::dup2(nowhere, STDERR_FILENO);
    ::signal(SIGABRT, SIG_DFL);
    try {
      cv::namedWindow("mueca", cv::WINDOW_NORMAL);
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  for (int tries = 0; tries < 250; ++tries) {
    if (::waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return false;
}

class Window : public Display {
 public:
  explicit Window(std::string title) : title_(std::move(title)) {
    cv::namedWindow(title_, cv::WINDOW_NORMAL | cv::WINDOW_KEEPRATIO | cv::WINDOW_GUI_NORMAL);
  }
  ~Window() override {
    try {
      cv::destroyWindow(title_);
    } catch (const cv::Exception&) {  // the user closed it
    }
  }
  void show(const cv::Mat& picture) override {
    if (!shown_) cv::resizeWindow(title_, picture.cols, picture.rows);
    cv::imshow(title_, picture);
    shown_ = true;
  }
  int key(int milliseconds) override {
    const int code = cv::waitKey(std::max(1, milliseconds));
    return code < 0 ? -1 : code & 0xff;
  }
  // Offscreen windows are never visible, and a window is not before its first picture.
  bool closed() override {
    if (!shown_ || offscreen_) return false;
    return cv::getWindowProperty(title_, cv::WND_PROP_VISIBLE) < 1;
  }

 private:
  std::string title_;
  bool shown_ = false;
  bool offscreen_ = set("QT_QPA_PLATFORM") && std::string(std::getenv("QT_QPA_PLATFORM")) == "offscreen";
};

}  // namespace

std::string display_problem() {
  if (!set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("QT_QPA_PLATFORM"))
    return "there is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set)";
  return window_opens() ? "" : "no window can be opened on this screen (see DISPLAY, WAYLAND_DISPLAY)";
}

std::unique_ptr<Display> open_window(const std::string& title, const std::string& instead) {
  const std::string problem = display_problem();
  check(problem.empty(), problem, "; ", instead);
  return std::make_unique<Window>(title);
}

}  // namespace mueca
