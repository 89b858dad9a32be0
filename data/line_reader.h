// The lines of a text file from a stranger, plain or .xz, streamed: memory stays small whatever the file holds.
#pragma once
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/files/sha256.h"
#include "core/shape.h"

namespace mueca {

struct XzDecoder;  // line_reader.cpp

class LineReader {
 public:
  static constexpr std::size_t kLongestLine = std::size_t{2} << 20;  // bytes: 512 x 512 pixels of "255 " and then some

  // Throws Error when the file cannot be read. An .xz file is known by its first bytes, not by its name.
  explicit LineReader(const std::filesystem::path& path, std::size_t longest_line = kLongestLine);
  ~LineReader();

  // The next line without its "\n" or "\r\n", valid until the next call; false after the last one. Throws Error for
  // a line that is too long, damaged .xz data, or a failing read.
  bool next(std::string_view& line);
  Index number() const { return number_; }           // of the last line, from 1
  const std::string& name() const { return name_; }  // the path as given, for messages
  std::string sha256() { return hash_.hex(); }       // of the bytes on disk; call once, after next() returned false

 private:
  std::size_t read_file(char* to, std::size_t bytes);
  std::size_t read(char* to, std::size_t bytes);
  void fill();

  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string name_;
  std::size_t longest_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::unique_ptr<XzDecoder> xz_;  // null: plain text
  Sha256 hash_;
  std::size_t capacity_;
  std::unique_ptr<char[]> buffer_;   // [capacity_]
  std::size_t begin_ = 0, end_ = 0;  // unread bytes of buffer_
  bool at_end_ = false;
  Index number_ = 0;
};

}  // namespace mueca
