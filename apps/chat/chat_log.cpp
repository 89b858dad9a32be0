#include "apps/chat/chat_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/files/atomic_file.h"

namespace mueca {
namespace {

void write_all(int file, const std::string& text, const std::string& path) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = write(file, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    check(wrote > 0, path, ": ", std::strerror(errno));
    done += static_cast<std::size_t>(wrote);
  }
}

}  // namespace

ChatLog::ChatLog(const std::string& path)
    : path_(path),
      file_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600)) {
  check(file_ >= 0, path, ": ", errno == ELOOP ? "is a link, which a log is not written to" : std::strerror(errno));
  struct stat about {};
  const bool private_file = fstat(file_, &about) == 0 && S_ISREG(about.st_mode) && fchmod(file_, 0600) == 0;
  if (!private_file) {
    close(file_);
    throw Error(path + ": cannot be kept private: expected a file of yours");
  }
}

ChatLog::~ChatLog() { close(file_); }

void ChatLog::add(const ChatMessage& message, const std::string& note) {
  nlohmann::ordered_json line;
  line["role"] = message.from == ChatMessage::From::user ? "user" : "assistant";
  line["text"] = message.text;
  if (!note.empty()) line["note"] = nlohmann::ordered_json::parse(note);
  write_all(file_, line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n", path_);
}

void save_transcript(const std::string& path, const std::vector<ChatMessage>& messages) {
  check(!std::filesystem::exists(std::filesystem::symlink_status(path)), path, ": is there already");
  std::string text;
  for (const ChatMessage& message : messages)
    text += (message.from == ChatMessage::From::user ? "you: " : "mueca: ") + message.text + "\n";
  AtomicFile target(path);
  const int file = open(target.temporary().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  check(file >= 0, path, ": ", std::strerror(errno));
  try {
    write_all(file, text, path);
  } catch (...) {
    close(file);
    throw;
  }
  close(file);
  target.commit();
}

}  // namespace mueca
