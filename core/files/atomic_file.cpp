#include "core/files/atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "core/error.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

std::string reason() { return std::strerror(errno); }

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

void sync(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  check(descriptor >= 0, path.string(), ": cannot be opened to sync it: ", reason());
  const bool synced = ::fsync(descriptor) == 0 || errno == EINVAL;  // EINVAL: a file system without sync
  const std::string why = synced ? "" : reason();
  ::close(descriptor);
  check(synced, path.string(), ": cannot be synced: ", why);
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)) {
  check(target_.has_filename(), "file to write: '", target_.string(), "' has no name");
  std::error_code error;
  fs::create_directories(folder_of(target_), error);
  check(fs::is_directory(folder_of(target_)), folder_of(target_).string(), ": cannot be made: ", error.message());
  static std::atomic<unsigned> count{0};
  temporary_ = target_;
  temporary_ += str(".", ::getpid(), ".", count++, ".tmp");
  fs::remove(temporary_, error);  // left by a dead process of the same id
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  if (!done_) fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  sync(temporary_, O_RDONLY);
  check(std::rename(temporary_.c_str(), target_.c_str()) == 0, target_.string(), ": cannot be written: ", reason());
  done_ = true;
  sync(folder_of(target_), O_RDONLY | O_DIRECTORY);
}

void remove_leftovers(const fs::path& target) {
  const std::string prefix = target.filename().string() + ".";
  std::error_code error;
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder_of(target), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(".tmp")) continue;
    int process = 0;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), process);
    if (process > 0 && ::kill(process, 0) != 0 && errno == ESRCH) left.push_back(entry.path());
  }
  for (const auto& path : left) fs::remove(path, error);
}

void write_file_atomically(const fs::path& target, std::string_view bytes) {
  AtomicFile file(target);
  std::ofstream out(file.temporary(), std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  check(out.good(), target.string(), ": cannot be written: ", reason());
  file.commit();
}

std::string read_file(const fs::path& path, std::size_t limit) {
  struct stat status {};
  check(::stat(path.c_str(), &status) == 0, path.string(), ": cannot be read: ", reason());
  check(S_ISREG(status.st_mode), path.string(), ": is not a regular file");
  std::ifstream in(path, std::ios::binary);
  check(in.good(), path.string(), ": cannot be opened: ", reason());
  std::string bytes;
  char block[1 << 16];
  while (in.read(block, sizeof block) || in.gcount() > 0) {
    bytes.append(block, static_cast<std::size_t>(in.gcount()));
    check(bytes.size() <= limit, path.string(), ": larger than the limit of ", limit, " bytes");
  }
  check(in.eof(), path.string(), ": cannot be read to its end: ", reason());
  return bytes;
}

}  // namespace mueca
