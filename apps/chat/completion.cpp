#include "apps/chat/completion.h"

#include <nlohmann/json.hpp>

#include "apps/chat/text.h"

namespace mueca {

using Json = nlohmann::json;

std::string text_at(const Json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

namespace {

ServerComplaint complaint_of(const Json& object) {
  if (!object.is_object()) return {};
  const auto error = object.find("error");
  if (error == object.end() || error->is_null()) return {text_at(object, "message"), text_at(object, "code")};
  if (error->is_string()) return {error->get<std::string>(), ""};
  return {text_at(*error, "message"), text_at(*error, "code") + " " + text_at(*error, "type")};
}

bool holds_error(const Json& object) {
  return object.is_object() && object.contains("error") && !object["error"].is_null();
}

// The text in {"choices":[{"delta" or "message":{"content":...}}]}; a refusal is an answer, too.
std::string text_in(const Json& object, const char* part) {
  if (!object.is_object() || !object.contains("choices") || !object["choices"].is_array()) return "";
  const Json& choices = object["choices"];
  if (choices.empty() || !choices[0].is_object() || !choices[0].contains(part)) return "";
  return text_at(choices[0][part], "content") + text_at(choices[0][part], "refusal");
}

}  // namespace

bool ServerComplaint::is_context_length() const {
  if (code.find("context_length") != std::string::npos || code.find("exceed_context_size") != std::string::npos)
    return true;
  const std::string said = folded(message);
  const auto says = [&](const char* words) { return said.find(words) != std::string::npos; };
  return says("context") && (says("length") || says("exceed") || says("too long") || says("window") || says("size"));
}

ServerComplaint complaint_in(const std::string& body) {
  try {
    return complaint_of(parse_bounded_json(body, "", kServerJson));
  } catch (const Error&) {
    const std::size_t text = body.find_first_not_of(" \t\r\n");
    const bool page = text != std::string::npos && body[text] == '<';  // HTML says nothing in a terminal
    return {page ? "" : body, ""};
  }
}

Completion::Completion(std::string server, ChatProvider::OnText on_text)
    : server_(std::move(server)),
      on_text_(std::move(on_text)),
      events_([this](const std::string& data) { take_event(data); }) {}

void Completion::feed(std::string_view bytes) {
  if (form_ == Form::events) return events_.feed(bytes);
  first_ += bytes;
  if (form_ == Form::object) return;  // its size is limited by the client
  const std::size_t at = first_.find_first_not_of(" \t\r\n");
  if (at == std::string::npos) return;
  form_ = first_[at] == '{' || first_[at] == '[' || first_[at] == '<' ? Form::object : Form::events;
  if (form_ == Form::events) events_.feed(first_);
}

void Completion::finish(const std::string& content_type) {
  if (form_ == Form::object && first_[first_.find_first_not_of(" \t\r\n")] != '<')
    take_object(first_);
  else
    events_.finish();
  if (any_text_) return;
  const bool right_type = content_type == "text/event-stream" || content_type == "application/json";
  throw Error(right_type || done_ ? server_ + " answered without a word"
                                  : server_ + " answered with " +
                                        (content_type.empty() ? "something without a type" : printable(content_type)) +
                                        " instead of a chat completion: is the base URL right?");
}

void Completion::take_event(const std::string& data) {
  if (done_) return;
  if (data == "[DONE]") {
    done_ = true;
    return;
  }
  take_object(data);
}

void Completion::take_object(const std::string& json) {
  const Json object = parse_bounded_json(json, server_, kServerJson);
  if (holds_error(object)) {
    const ServerComplaint complaint = complaint_of(object);
    if (complaint.is_context_length() && !any_text_) throw ContextTooLong(complaint.sentence());
    throw Error(server_ + ": " + std::string(shortened(printable(complaint.sentence()), 300)));
  }
  show(text_in(object, form_ == Form::object ? "message" : "delta"));
}

void Completion::show(const std::string& text) {
  if (text.empty()) return;
  any_text_ = true;
  on_text_(text);
}

}  // namespace mueca
