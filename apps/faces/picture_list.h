// Which files a command line's words for pictures mean.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace mueca {

// By its ending: .jpg .jpeg .png .bmp .webp, in any case.
bool is_picture_name(const std::filesystem::path& path);

struct PictureList {
  struct Problem {
    std::string word, sentence;
  };
  std::vector<std::filesystem::path> files;  // in the order of the words, each once
  std::vector<Problem> problems;             // words that mean no picture
};

// A word is a file, a folder (all pictures in and below it, sorted; hidden ones and copies by copy_path left out) or,
// when there is no such file, a pattern with * ? [] (sorted). A file need not exist: reading it will say so.
PictureList list_pictures(const std::vector<std::string>& words);

// Where a picture made of `picture` goes: name.KIND.png (.jpg for a JPEG) beside it, or in `folder`; with -1, -2 ...
// when that is taken. kind: "faces", an annotated copy, or "explained".
std::filesystem::path copy_path(const std::filesystem::path& picture, const std::filesystem::path& folder,
                                const std::string& kind);

}  // namespace mueca
