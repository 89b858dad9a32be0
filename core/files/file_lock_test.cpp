#include "core/files/file_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/error.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

TEST(FileLock, IsHeldByOneAndGivenBackByTheKilled) {
  const fs::path folder = fs::temp_directory_path() / str("mueca_lock_", ::getpid());
  const fs::path file = folder / "a" / "x.lock";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = FileLock::take(file);
    const char byte = lock ? 'y' : 'n';
    [[maybe_unused]] const auto written = ::write(ready[1], &byte, 1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_EQ(FileLock::take(file), nullptr);
  EXPECT_EQ(lock_holder(file), child);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  {
    const auto lock = FileLock::take(file);
    EXPECT_NE(lock, nullptr);
    EXPECT_EQ(FileLock::take(file), nullptr);  // also within one process
    EXPECT_EQ(lock_holder(file), ::getpid());
  }
  EXPECT_NE(FileLock::take(file), nullptr);
  ::close(ready[0]), ::close(ready[1]);
  fs::remove_all(folder);
}

TEST(FileLock, SaysWhatCannotBeLocked) { EXPECT_THROW(FileLock::take("/proc/no/such.lock"), Error); }

}  // namespace
}  // namespace mueca
