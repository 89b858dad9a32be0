// One process at a time: a lock that the kernel gives back however its holder ends, kill -9 included.
#pragma once
#include <filesystem>
#include <memory>

namespace mueca {

class FileLock {
 public:
  // Takes the lock on `file`, which is made if needed and stays; nullptr while another holds it. Where the file system
  // has no locks it is granted to everybody. Throws Error when the file cannot be made.
  static std::unique_ptr<FileLock> take(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  explicit FileLock(int locked_descriptor) : descriptor_(locked_descriptor) {}

 private:
  int descriptor_;
};

// The process that `file`'s last holder wrote into it, for messages; 0 when unknown.
int lock_holder(const std::filesystem::path& file);

}  // namespace mueca
