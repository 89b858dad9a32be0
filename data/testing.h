// For the tests of this room: a folder that goes away, small files, small packs.
#pragma once
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "core/files/atomic_file.h"
#include "data/pack.h"

namespace mueca {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "mueca-data-XXXXXX").string();
    check(mkdtemp(name.data()) != nullptr, "cannot make a temporary folder");
    path_ = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    write_file_atomically(path_ / name, bytes);
    return path_ / name;
  }
  std::size_t files() const {  // however deep
    std::size_t n = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) n += entry.is_regular_file();
    return n;
  }

 private:
  std::filesystem::path path_;
};

// What a call that must fail says; "no error" when it does not.
template <class F>
std::string message_of(F&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// One image per entry of `labels`: 4 x 4 pixels that all have the value `shade` (default: 3 * row), split 0.
inline Pack small_pack(const std::vector<std::int32_t>& labels, const std::vector<int>& shade = {}) {
  Pack pack = make_pack(static_cast<Index>(labels.size()), 4, 4);
  pack.class_names = emotion_names();
  pack.split_names = {"training", "public_test", "private_test"};
  pack.source_names = {"small"};
  pack.label = labels;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto pixels = pack.image(static_cast<Index>(i));
    std::fill(pixels.begin(), pixels.end(), static_cast<std::uint8_t>(shade.empty() ? 3 * i : shade[i]));
    pack.row[i] = static_cast<std::uint32_t>(i);
  }
  return pack;
}

}  // namespace mueca
