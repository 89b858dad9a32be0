// Ctrl-C: the first asks the work to save and stop, a second one stops at once.
#pragma once
#include <atomic>

namespace mueca {

// Set by SIGINT or SIGTERM while an InterruptGuard lives.
std::atomic<bool>& interrupt_requested();

// Takes both signals for its lifetime; one at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

}  // namespace mueca
