// Any server with OpenAI's chat completions endpoint: api.openai.com, llama.cpp's server, Ollama, vLLM.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/http.h"
#include "apps/chat/provider.h"

namespace mueca {

// How the servers differ; one line each in openai_provider.cpp.
struct ServerKind {
  std::string_view name;
  std::string_view base_url;     // empty: OPENAI_BASE_URL or --base-url must say it
  bool takes_environment;        // OPENAI_BASE_URL and OPENAI_API_KEY are meant for it
  std::string_view token_field;  // max_tokens or its successor max_completion_tokens
};
std::span<const ServerKind> server_kinds();  // openai, llamacpp, ollama, custom

struct OpenAiOptions {
  std::string model;  // empty: the one that the server has
  std::string token_field = "max_tokens";
  int most_tokens = 400;  // of an answer; 0: the server decides
  std::optional<std::uint64_t> seed;
};

class OpenAiProvider : public ChatProvider {
 public:
  // Asks nothing yet. `client` as HttpClient(base_url, key).
  OpenAiProvider(HttpClient client, OpenAiOptions options);

  void answer(const ChatRequest& request, const OnText& on_text) override;
  std::string name() const override;
  bool leaves_machine() const override { return !client_.loopback(); }

  std::vector<std::string> models();  // as GET /models lists them
  HttpClient& client() { return client_; }

 private:
  std::string body(const ChatRequest& request) const;
  void choose_model();
  [[noreturn]] void refuse(const HttpResponse& response) const;

  HttpClient client_;
  OpenAiOptions options_;
};

}  // namespace mueca
