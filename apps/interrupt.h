// Ctrl-C: the first asks the work to save and stop, a second one stops at once; or it is only taken note of.
#pragma once
#include <atomic>

namespace mueca {

// Set by SIGINT or SIGTERM while an InterruptGuard lives.
std::atomic<bool>& interrupt_requested();

enum class OnInterrupt {
  save_and_stop,  // SIGINT and SIGTERM; reads and writes in progress go on
  take_note,      // SIGINT alone, as often as it comes: whoever sees the flag clears it; a read in progress ends
};

// Takes the signals for its lifetime; one at a time.
class InterruptGuard {
 public:
  explicit InterruptGuard(OnInterrupt what = OnInterrupt::save_and_stop);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

}  // namespace mueca
