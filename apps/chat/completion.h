// Reads the answer of a chat completions endpoint: a stream of chunks, or one object from servers that do not stream.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "apps/chat/bounded_json.h"
#include "apps/chat/provider.h"
#include "apps/chat/sse.h"

namespace mueca {

inline constexpr JsonLimits kServerJson{std::size_t{8} << 20, 1'000'000, 64};

// object[name] when that is a string, else "". Never throws, whatever `object` is.
std::string text_at(const nlohmann::json& object, const char* name);

// What a server says is wrong: {"error":{"message","code","type"}}, {"error":"..."}, {"message":"..."} or plain text.
struct ServerComplaint {
  std::string message, code;
  bool is_context_length() const;
  std::string sentence() const { return message.empty() ? code : message; }
};
ServerComplaint complaint_in(const std::string& body);

class Completion {
 public:
  Completion(std::string server, ChatProvider::OnText on_text);

  // Throws Error naming the server: an error object inside a good answer (ContextTooLong where that is meant), JSON
  // that is none.
  void feed(std::string_view bytes);
  // The end of the body; throws Error when it held no answer at all.
  void finish(const std::string& content_type);

 private:
  void take_event(const std::string& data);
  void take_object(const std::string& json);
  void show(const std::string& text);

  std::string server_;
  ChatProvider::OnText on_text_;
  SseParser events_;
  std::string first_;  // bytes until it is clear whether this is a stream; then the whole object
  enum class Form { unknown, events, object } form_ = Form::unknown;
  bool done_ = false, any_text_ = false;
};

}  // namespace mueca
