#include "data/line_reader.h"

#include <lzma.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace mueca {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;  // bytes per read
constexpr std::string_view kXzMagic(
    "\xFD"
    "7zXZ\0",
    6);

}  // namespace

struct XzDecoder {
  static constexpr std::uint64_t kThreadedMemory = std::uint64_t{192} << 20;  // above it: one thread
  static constexpr std::uint64_t kMostMemory = std::uint64_t{512} << 20;      // above it: refused

  explicit XzDecoder(const std::string& name) : input(kBlock) {
    lzma_mt options{};
    options.flags = LZMA_CONCATENATED;
    options.threads = 2;
    options.memlimit_threading = kThreadedMemory;
    options.memlimit_stop = kMostMemory;
    check(lzma_stream_decoder_mt(&stream, &options) == LZMA_OK, name, ": cannot start the xz decoder");
  }
  ~XzDecoder() { lzma_end(&stream); }
  XzDecoder(const XzDecoder&) = delete;

  lzma_stream stream = LZMA_STREAM_INIT;
  std::vector<char> input;
  bool input_ended = false, ended = false;
};

LineReader::LineReader(const std::filesystem::path& path, std::size_t longest_line)
    : name_(path.string()),
      longest_(longest_line),
      capacity_(longest_line + kBlock),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)) {
  std::error_code ignored;
  check(!std::filesystem::is_directory(path, ignored), name_, ": is a folder, expected a file");
  file_.reset(std::fopen(path.c_str(), "rb"));
  check(file_ != nullptr, name_, ": cannot open: ", std::strerror(errno));
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);  // blocks are read straight into place
  char magic[kXzMagic.size()];
  const std::size_t got = std::fread(magic, 1, sizeof magic, file_.get());
  const std::string_view start(magic, got);
  check(!start.starts_with("PK\x03\x04") && !start.starts_with("\x1F\x8B"), name_,
        ": is a zip or gzip archive, expected text or .xz; unpack it first");
  std::rewind(file_.get());
  if (start == kXzMagic) xz_ = std::make_unique<XzDecoder>(name_);
}

LineReader::~LineReader() = default;

std::size_t LineReader::read_file(char* to, std::size_t bytes) {
  const std::size_t got = std::fread(to, 1, bytes, file_.get());
  check(got > 0 || !std::ferror(file_.get()), name_, ": cannot read: ", std::strerror(errno));
  hash_.update(std::string_view(to, got));
  return got;
}

std::size_t LineReader::read(char* to, std::size_t bytes) {
  if (!xz_) return read_file(to, bytes);
  lzma_stream& stream = xz_->stream;
  stream.next_out = reinterpret_cast<std::uint8_t*>(to);
  stream.avail_out = bytes;
  while (stream.avail_out > 0 && !xz_->ended) {
    if (stream.avail_in == 0 && !xz_->input_ended) {
      stream.next_in = reinterpret_cast<const std::uint8_t*>(xz_->input.data());
      stream.avail_in = read_file(xz_->input.data(), xz_->input.size());
      xz_->input_ended = stream.avail_in == 0;
    }
    const lzma_ret code = lzma_code(&stream, xz_->input_ended ? LZMA_FINISH : LZMA_RUN);
    xz_->ended = code == LZMA_STREAM_END;
    check(code != LZMA_BUF_ERROR, name_, ": xz data ends too early");
    check(code != LZMA_MEMLIMIT_ERROR, name_, ": xz data wants more than ", XzDecoder::kMostMemory >> 20,
          " MiB of memory");
    check(code == LZMA_OK || xz_->ended, name_, ": xz data is damaged");
  }
  return bytes - stream.avail_out;
}

// Moves the unread bytes to the front of the buffer and reads until it is full or the file ends.
void LineReader::fill() {
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t got = read(buffer_.get() + end_, std::min(kBlock, capacity_ - end_));
  at_end_ = got == 0;
  end_ += got;
}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = 0;  // bytes of the unread part known to hold no newline
  for (;;) {
    const char* start = buffer_.get() + begin_;
    const std::size_t unread = end_ - begin_;
    const auto* newline = static_cast<const char*>(std::memchr(start + searched, '\n', unread - searched));
    const std::size_t length = newline ? static_cast<std::size_t>(newline - start) : unread;
    check(length <= longest_, name_, ":", number_ + 1, ": line is longer than ", longest_, " bytes");
    if (newline || (at_end_ && unread > 0)) {
      line = std::string_view(start, length);
      if (line.ends_with('\r')) line.remove_suffix(1);
      begin_ += length + (newline ? 1 : 0);
      ++number_;
      return true;
    }
    if (at_end_) return false;
    searched = unread;
    fill();
  }
}

}  // namespace mueca
