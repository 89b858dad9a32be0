#include "kernels/emulated/fiber.h"

#include <sys/mman.h>

#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define MUECA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MUECA_ASAN 1
#endif
#endif
#ifdef MUECA_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

// mueca_fiber_switch(save, load): pushes the callee-saved registers, *save = sp, sp = load, pops them, returns there.
#if defined(__x86_64__)
asm(R"(
.text
.type mueca_fiber_switch,@function
mueca_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size mueca_fiber_switch,.-mueca_fiber_switch
)");
#elif defined(__aarch64__)
asm(R"(
.text
.type mueca_fiber_switch,%function
mueca_fiber_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size mueca_fiber_switch,.-mueca_fiber_switch
)");
#else
#error "kernels/emulated: no fiber switch for this processor"
#endif
extern "C" void mueca_fiber_switch(void** save, void* load);

namespace mueca::simt {
namespace {

constexpr std::size_t kStack = 128 * 1024, kGuard = 16 * 1024;  // the guard is a page of any page size up to 16 KiB

// The scheduler's side of the switch; one scheduler per OS thread.
struct Scheduler {
  void* at = nullptr;
  void* sanitizer = nullptr;
  const void* stack = nullptr;
  std::size_t size = 0;
};
thread_local Scheduler t_scheduler;

}  // namespace

Fiber::~Fiber() {
  if (stack_) munmap(stack_ - kGuard, kStack + kGuard);
}

Fiber::Fiber(Fiber&& other) noexcept
    : stack_(std::exchange(other.stack_, nullptr)), at_(other.at_), sanitizer_(other.sanitizer_) {}

void Fiber::arm(void (*main)()) {
  if (!stack_) {
    void* pages = mmap(nullptr, kStack + kGuard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    mprotect(pages, kGuard, PROT_NONE);
    stack_ = static_cast<std::byte*>(pages) + kGuard;
  }
#ifdef MUECA_ASAN
  __asan_unpoison_memory_region(stack_, kStack);  // an error may have left frames of the last launch behind
#endif
  auto* top = reinterpret_cast<void**>(stack_ + kStack);
#if defined(__x86_64__)
  top -= 2;  // `ret` pops the address and leaves sp 8 above a multiple of 16, as a call does
  *top = reinterpret_cast<void*>(main);
  top -= 6;
#else
  top -= 20;
  top[11] = reinterpret_cast<void*>(main);  // x30
#endif
  at_ = top;
}

void Fiber::resume() {
#ifdef MUECA_ASAN
  __sanitizer_start_switch_fiber(&t_scheduler.sanitizer, stack_, kStack);
#endif
  mueca_fiber_switch(&t_scheduler.at, at_);
#ifdef MUECA_ASAN
  __sanitizer_finish_switch_fiber(t_scheduler.sanitizer, nullptr, nullptr);
#endif
}

void Fiber::suspend([[maybe_unused]] bool for_good) {
#ifdef MUECA_ASAN
  __sanitizer_start_switch_fiber(for_good ? nullptr : &sanitizer_, t_scheduler.stack, t_scheduler.size);
#endif
  mueca_fiber_switch(&at_, t_scheduler.at);
#ifdef MUECA_ASAN
  __sanitizer_finish_switch_fiber(sanitizer_, nullptr, nullptr);
#endif
}

void Fiber::entered() {
#ifdef MUECA_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &t_scheduler.stack, &t_scheduler.size);
#endif
}

}  // namespace mueca::simt
