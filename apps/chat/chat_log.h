// A conversation on disk, only when the user asks for it, readable for the user alone (0600).
#pragma once
#include <string>
#include <vector>

#include "apps/chat/provider.h"

namespace mueca {

// Appends one JSON object per message: {"role":"user","text":"...","note":{...}}. Throws Error when the file cannot be
// opened or written, is a link or no regular file.
class ChatLog {
 public:
  explicit ChatLog(const std::string& path);
  ~ChatLog();
  ChatLog(const ChatLog&) = delete;
  ChatLog& operator=(const ChatLog&) = delete;
  void add(const ChatMessage& message, const std::string& note = "");

 private:
  std::string path_;
  int file_;
};

// The conversation as text, to a file that must not exist yet. Throws Error; then there is no file.
void save_transcript(const std::string& path, const std::vector<ChatMessage>& messages);

}  // namespace mueca
