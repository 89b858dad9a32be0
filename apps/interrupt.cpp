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

extern "C" void handle_note(int) { interrupt_requested() = true; }

}  // namespace

std::atomic<bool>& interrupt_requested() {
  static std::atomic<bool> requested{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
  return requested;
}

InterruptGuard::InterruptGuard(OnInterrupt what) {
  const bool note = what == OnInterrupt::take_note;
  interrupt_requested() = false;
  struct sigaction action {};
  action.sa_handler = note ? handle_note : handle_stop;
  action.sa_flags = note ? 0 : SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &old_interrupt);
  sigaction(SIGTERM, note ? nullptr : &action, &old_terminate);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &old_interrupt, nullptr);
  sigaction(SIGTERM, &old_terminate, nullptr);
}

}  // namespace mueca
