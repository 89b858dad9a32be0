// Files that are either whole or not there: written beside the target, synced, renamed over it.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace mueca {

// Write to temporary(), then commit(). Without commit() the temporary file goes away and the target stays as it was.
// A crash at any moment leaves the old target or the new one, never a part.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);  // makes the target's folder; throws Error when it cannot
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::filesystem::path& temporary() const { return temporary_; }  // in the target's folder, not there yet
  void commit();  // sync the file, rename, sync the folder; throws Error

 private:
  std::filesystem::path target_, temporary_;
  bool done_ = false;
};

// Removes temporary files that writers of `target` left when they were killed; those of living processes stay.
void remove_leftovers(const std::filesystem::path& target);

void write_file_atomically(const std::filesystem::path& target, std::string_view bytes);

// The whole file; throws Error when it cannot be read, is not a regular file or holds more than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace mueca
