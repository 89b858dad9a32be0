#include "apps/interrupt.h"

#include <unistd.h>
#include <csignal>

#include "apps/command.h"

namespace mueca {
namespace {

struct sigaction old_interrupt, old_terminate;

extern "C" void handle_stop(int) {  // only what a signal handler may do
  if (interrupt_requested().exchange(true)) _exit(kExitInterrupted);
  static constexpr char kText[] = "\nmueca: saving and stopping; once more stops at once\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kText, sizeof kText - 1);
}

}  // namespace

std::atomic<bool>& interrupt_requested() {
  static std::atomic<bool> requested{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
  return requested;
}

InterruptGuard::InterruptGuard() {
  interrupt_requested() = false;
  struct sigaction action {};
  action.sa_handler = handle_stop;
  action.sa_flags = SA_RESTART;  // a write in progress goes on
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &old_interrupt);
  sigaction(SIGTERM, &action, &old_terminate);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &old_interrupt, nullptr);
  sigaction(SIGTERM, &old_terminate, nullptr);
}

}  // namespace mueca
