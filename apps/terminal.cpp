#include "apps/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace mueca {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value;
}

}  // namespace

bool wants_color(int descriptor) {
  const char* term = std::getenv("TERM");
  return isatty(descriptor) && !is_set("NO_COLOR") && term && std::strcmp(term, "dumb") != 0;
}

bool wants_live_bar() { return wants_color(STDERR_FILENO) && !is_set("CI"); }

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace mueca
