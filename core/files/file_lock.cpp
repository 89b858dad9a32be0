#include "core/files/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/error.h"

namespace mueca {

std::unique_ptr<FileLock> FileLock::take(const std::filesystem::path& file) {
  std::error_code ignored;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), ignored);
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  check(descriptor >= 0, file.string(), ": cannot be opened to lock it: ", std::strerror(errno));
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) break;  // no locks here (some network file systems): better unguarded than not at all
    ::close(descriptor);
    return nullptr;
  }
  const std::string holder = str(::getpid(), "\n");
  [[maybe_unused]] const bool told =
      ::ftruncate(descriptor, 0) == 0 && ::write(descriptor, holder.data(), holder.size()) > 0;
  return std::make_unique<FileLock>(descriptor);
}

FileLock::~FileLock() { ::close(descriptor_); }

int lock_holder(const std::filesystem::path& file) {
  int process = 0;
  std::ifstream(file) >> process;
  return process;
}

}  // namespace mueca
