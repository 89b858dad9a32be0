#include "apps/chat/fake_model.h"

#include <nlohmann/json.hpp>

namespace mueca {

using Json = nlohmann::ordered_json;

TestReply streamed_answer(const std::string& text, double seconds_per_word) {
  TestReply reply;
  reply.content_type = "text/event-stream";
  reply.stream = [text, seconds_per_word](const auto& send) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at + 1), text.size());
      Json chunk;
      chunk["object"] = "chat.completion.chunk";
      chunk["choices"] = {{{"index", 0}, {"delta", {{"content", text.substr(at, end - at)}}}}};
      if (!send("data: " + chunk.dump() + "\n\n") || !stall(seconds_per_word, send)) return false;
      at = end;
    }
    return send("data: [DONE]\n\n");
  };
  return reply;
}

TestReply echo_model(const TestRequest& request, double seconds_per_word) {
  if (request.path == "/v1/models")
    return {200, R"({"object":"list","data":[{"id":"echo"}]})", "application/json", {}, {}};
  if (request.path != "/v1/chat/completions")
    return {404, R"({"error":{"message":"no such path"}})", "application/json", {}, {}};
  const Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded() || !body.contains("messages") || body["messages"].empty())
    return {400, R"({"error":{"message":"no messages"}})", "application/json", {}, {}};
  const std::string system = body["messages"].front().value("content", ""),
                    said = body["messages"].back().value("content", "");
  const std::string last_line = system.substr(system.rfind('\n') + 1);
  const Json note = Json::parse(last_line, nullptr, false);
  const std::string face = note.is_object() ? note.value("apparent_expression", "nothing") : "nothing";
  return streamed_answer("You wrote: " + said + " (" + std::to_string(body["messages"].size() - 1) +
                             " messages so far; the note says: " + face + ")",
                         seconds_per_word);
}

}  // namespace mueca
