// A fiber: a stack of its own, and a switch that saves what the ABI asks a callee to save. x86-64 and aarch64.
#pragma once
#include <cstddef>

namespace mueca::simt {

// The fiber enters `main()` at its first switch; `main` must never return. Move-only; not for use across threads.
class Fiber {
 public:
  Fiber() = default;
  ~Fiber();
  Fiber(Fiber&& other) noexcept;
  Fiber& operator=(Fiber&&) = delete;

  void arm(void (*main)());             // lays the stack out anew, so that the next resume() enters main
  void resume();                        // from the scheduler into the fiber, until it suspends
  void suspend(bool for_good = false);  // from the fiber back to the scheduler
  static void entered();                // the first thing that `main` calls

 private:
  std::byte* stack_ = nullptr;  // kStack bytes above a guard page: an overflow faults instead of reaching a neighbour
  void* at_ = nullptr;          // stack pointer while suspended
  void* sanitizer_ = nullptr;   // AddressSanitizer's fake stack while suspended
};

}  // namespace mueca::simt
