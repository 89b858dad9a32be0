#include "apps/chat/openai_provider.h"

#include <nlohmann/json.hpp>

#include "apps/chat/bounded_json.h"
#include "apps/chat/completion.h"
#include "apps/chat/system_prompt.h"
#include "apps/chat/text.h"

namespace mueca {
namespace {

constexpr std::size_t kQuoted = 300;  // bytes of a server's own words in an error

}  // namespace

std::span<const ServerKind> server_kinds() {
  static constexpr ServerKind kKinds[] = {
      {"openai", "https://api.openai.com/v1", true, "max_completion_tokens"},
      {"llamacpp", "http://localhost:8080/v1", false, "max_tokens"},
      {"ollama", "http://localhost:11434/v1", false, "max_tokens"},
      {"custom", "", true, "max_tokens"},
  };
  return kKinds;
}

OpenAiProvider::OpenAiProvider(HttpClient client, OpenAiOptions options)
    : client_(std::move(client)), options_(std::move(options)) {}

std::string OpenAiProvider::name() const {
  return (options_.model.empty() ? "a model" : options_.model) + " at " + client_.base_url();
}

std::string OpenAiProvider::body(const ChatRequest& request) const {
  nlohmann::ordered_json body;
  body["model"] = options_.model;
  body["messages"] = {
      {{"role", "system"}, {"content", system_message(request.persona, request.note, request.after_crisis)}}};
  for (const ChatMessage& message : request.messages)
    body["messages"].push_back(
        {{"role", message.from == ChatMessage::From::user ? "user" : "assistant"}, {"content", message.text}});
  body["stream"] = true;
  if (options_.most_tokens > 0) body[options_.token_field] = options_.most_tokens;
  if (options_.seed) body["seed"] = *options_.seed;
  if (client_.host() == "api.openai.com") body["store"] = false;  // others may refuse what they do not know
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void OpenAiProvider::answer(const ChatRequest& request, const OnText& on_text) {
  choose_model();
  KeyFilter filter(client_.key());
  Completion completion(client_.base_url(), [&](std::string_view piece) { on_text(filter.pass(piece)); });
  try {
    const HttpResponse response =
        client_.post_json("/chat/completions", body(request), [&](std::string_view bytes) { completion.feed(bytes); });
    if (!response.ok()) refuse(response);
    completion.finish(response.content_type);
    on_text(filter.finish());
  } catch (const HttpCancelled&) {
    throw;
  } catch (const HttpError&) {  // redacted where it was made, and its kind says that the server is away
    throw;
  } catch (const ContextTooLong&) {
    throw;
  } catch (const Error& error) {  // it may quote the server, and the server has the key
    throw Error(client_.key().redacted(error.what()));
  }
}

std::vector<std::string> OpenAiProvider::models() {
  const HttpResponse response = client_.get("/models");
  if (!response.ok()) refuse(response);
  const auto list = parse_bounded_json(response.body, client_.base_url() + "/models", kServerJson);
  std::vector<std::string> names;
  if (list.is_object() && list.contains("data") && list["data"].is_array())
    for (const auto& model : list["data"])
      if (const std::string name = printable(text_at(model, "id")); !name.empty()) names.push_back(name);
  return names;
}

void OpenAiProvider::choose_model() {
  if (!options_.model.empty()) return;
  const std::vector<std::string> names = models();
  std::string known;
  for (std::size_t i = 0; i < names.size() && i < 12; ++i) known += (i ? ", " : "") + names[i];
  if (names.size() > 12) known += ", ...";
  check(names.size() == 1, client_.base_url(), " has ", names.size(), " models: choose one with --model",
        known.empty() ? "" : " (" + known + ")");
  options_.model = names.front();
}

void OpenAiProvider::refuse(const HttpResponse& response) const {
  const std::string& url = client_.base_url();
  const ServerComplaint complaint = complaint_in(response.body);
  if (response.status == 400 && complaint.is_context_length()) throw ContextTooLong(complaint.sentence());
  const std::string said =
      complaint.message.empty() ? "" : ": " + std::string(shortened(printable(complaint.message), kQuoted));
  switch (response.status) {
    case 401:
    case 403:
      throw Error(client_.key().empty() ? str(url, " wants a key: set OPENAI_API_KEY (", response.status, ")", said)
                                        : str(url, " refused the key in OPENAI_API_KEY (", response.status, ")", said));
    case 404:
      throw Error(complaint.message.find("model") != std::string::npos
                      ? str(url, " has no model \"", options_.model, "\" (404)", said)
                      : str(url, " knows no chat completions (404); the base URL usually ends in /v1", said));
    case 429:
      throw Error(str(url, " has had enough requests for now (429)",
                      response.hints.after ? str(", try again in ", *response.hints.after, " s") : "", said));
    default:
      if (response.status >= 300 && response.status < 400)
        throw Error(str(url, " redirects (", response.status, "), which is not followed: give its new address"));
      throw Error(str(url, " answered with status ", response.status, said));
  }
}

}  // namespace mueca
