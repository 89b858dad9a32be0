#include "apps/chat/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>
#include <random>
#include <thread>

namespace mueca {
namespace {

// CURL and CURLM are both void, so each handle names what ends it.
template <class T, auto close>
using Handle = std::unique_ptr<T, decltype([](T* handle) { close(handle); })>;
using Easy = Handle<CURL, curl_easy_cleanup>;
using Multi = Handle<CURLM, curl_multi_cleanup>;
using Headers = Handle<curl_slist, curl_slist_free_all>;
using Form = Handle<curl_mime, curl_mime_free>;
using Url = Handle<CURLU, curl_url_cleanup>;

void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  check(started == CURLE_OK, "libcurl could not start");
}

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  const std::string copy = text;
  curl_free(text);
  return copy;
}

// 127.0.0.0/8, ::1 and localhost (which libcurl itself resolves to loopback); curl has already normalised the host.
bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n"), last = text.find_last_not_of(" \t\r\n");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// One transfer's answer as libcurl's callbacks fill it. They may not throw through C: an exception waits in `error`.
struct Incoming {
  CURL* handle;
  HttpResponse response;
  std::size_t limit, seen = 0;
  const OnBytes* on_bytes;
  bool given = false;  // on_bytes has seen something
  std::exception_ptr error;
  std::optional<double> after_ms, after;

  std::size_t take(std::string_view bytes) {
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &response.status);
    try {
      seen += bytes.size();
      if (seen > limit) throw HttpError(str("answered with more than ", limit, " bytes"), false);
      if (*on_bytes && response.ok()) {
        given = true;
        (*on_bytes)(bytes);
      } else {
        response.body += bytes;
      }
    } catch (...) {
      error = std::current_exception();
      return 0;  // ends the transfer
    }
    return bytes.size();
  }

  void header(const std::string& line) {
    if (line.starts_with("HTTP/")) response.hints = {}, response.content_type.clear();  // after "100 Continue"
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return;
    const std::string name = lower(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
    if (name == "content-type") response.content_type = lower(trimmed(value.substr(0, value.find(';'))));
    if (name == "x-should-retry" && (value == "true" || value == "false"))
      response.hints.should_retry = value == "true";
    if (name == "retry-after") after = parse_retry_after(value.c_str(), std::time(nullptr));
    if (name == "retry-after-ms") {
      after_ms = parse_retry_after(value.c_str(), std::time(nullptr));
      if (after_ms) *after_ms /= 1000;
    }
  }
};

extern "C" std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* incoming) {
  return static_cast<Incoming*>(incoming)->take({bytes, count});
}

extern "C" std::size_t on_header(char* bytes, std::size_t, std::size_t count, void* incoming) {
  static_cast<Incoming*>(incoming)->header(std::string(bytes, count));
  return count;
}

bool raised(const std::atomic<bool>* cancel) { return cancel && cancel->load(); }

// Runs the transfer and looks at the flag in between: curl_easy_perform would notice it only once a second.
CURLcode perform(CURL* easy, const std::atomic<bool>* cancel) {
  const Multi multi(curl_multi_init());
  check(multi != nullptr && curl_multi_add_handle(multi.get(), easy) == CURLM_OK, "libcurl ran out of memory");
  CURLcode result = CURLE_OK;
  for (int running = 1; running && !raised(cancel);) {
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK) break;
    if (running) curl_multi_poll(multi.get(), nullptr, 0, 50, nullptr);
  }
  int left = 0;
  if (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) result = message->data.result;
  curl_multi_remove_handle(multi.get(), easy);
  if (raised(cancel)) throw HttpCancelled();
  return result;
}

// Whether what went wrong may go better in a second: not a refused certificate or an option of ours.
bool passes(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
      return true;
    default:
      return false;
  }
}

void wait(double seconds, const std::atomic<bool>* cancel) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) {
    if (raised(cancel)) throw HttpCancelled();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

double jitter() {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace

struct HttpClient::Request {
  std::string path;
  const std::string* json = nullptr;
  std::span<const FormPart> form;
  OnBytes on_bytes;
};

HttpClient::HttpClient(const std::string& base_url, ApiKey key, HttpLimits limits)
    : base_url_(base_url), key_(std::move(key)), limits_(limits) {
  start_curl();
  while (base_url_.ends_with('/')) base_url_.pop_back();
  const Url url(curl_url());
  const CURLUcode parsed = curl_url_set(url.get(), CURLUPART_URL, base_url_.c_str(), 0);
  const std::string scheme = parsed == CURLUE_OK ? url_part(url.get(), CURLUPART_SCHEME) : "";
  check(url_part(url.get(), CURLUPART_USER).empty() && url_part(url.get(), CURLUPART_PASSWORD).empty(),
        "the base URL holds a user name or a password; keys go into OPENAI_API_KEY");
  check(scheme == "http" || scheme == "https", "base URL ", key_.redacted(base_url_),
        ": expected something like https://api.openai.com/v1 or http://localhost:8080/v1");
  check(url_part(url.get(), CURLUPART_QUERY).empty() && url_part(url.get(), CURLUPART_FRAGMENT).empty(), "base URL ",
        key_.redacted(base_url_), ": '?' and '#' have no place in it");
  host_ = lower(url_part(url.get(), CURLUPART_HOST));
  loopback_ = is_loopback(host_);
  check(scheme == "https" || loopback_ || key_.empty(), "base URL ", key_.redacted(base_url_),
        ": the key would travel unencrypted; use https, or unset the key for a server that needs none");
}

HttpResponse HttpClient::get(const std::string& path) { return send({path, nullptr, {}, {}}); }

HttpResponse HttpClient::post_json(const std::string& path, const std::string& json, const OnBytes& on_bytes) {
  return send({path, &json, {}, on_bytes});
}

HttpResponse HttpClient::post_form(const std::string& path, std::span<const FormPart> parts) {
  return send({path, nullptr, parts, {}});
}

HttpResponse HttpClient::send(const Request& request) {
  for (int tries = 0;; ++tries) {
    HttpResponse response;
    bool bytes_were_seen = false;
    std::string why;
    try {
      response = attempt(request, bytes_were_seen);
      if (response.ok()) return response;
      why = str("status ", response.status);
    } catch (const HttpError& error) {
      if (!error.may_pass || bytes_were_seen || tries >= limits_.retry.most) throw;
      why = error.what();
    }
    const std::optional<double> delay = retry_delay(limits_.retry, tries, response.status, response.hints, jitter());
    if (!delay) return response;
    if (on_retry) on_retry(why, *delay);
    wait(*delay, cancel);
  }
}

HttpResponse HttpClient::attempt(const Request& request, bool& bytes_were_seen) {
  const Easy easy(curl_easy_init());
  check(easy != nullptr, "libcurl ran out of memory");
  Incoming incoming{easy.get(), {}, limits_.body_bytes, 0, &request.on_bytes, false, {}, {}, {}};
  char reason[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) {
    check(curl_easy_setopt(easy.get(), option, value) == CURLE_OK, "libcurl refused option ", static_cast<int>(option));
  };
  curl_slist* list = nullptr;
  const auto add = [&](const std::string& line) { list = curl_slist_append(list, line.c_str()); };
  if (!key_.empty()) add(key_.header());
  if (request.json) add("Content-Type: application/json");
  add("Expect:");  // no round trip before a body
  const Headers headers(list);

  const std::string url = base_url_ + request.path;
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
  if (loopback_) set(CURLOPT_NOPROXY, "*");  // a key for this machine stays on it
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect_seconds * 1000));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.total_seconds * 1000));
  set(CURLOPT_USERAGENT, "mueca");
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_ERRORBUFFER, reason);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&incoming));
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&incoming));
  if (request.json) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.json->size()));
    set(CURLOPT_POSTFIELDS, request.json->c_str());
  }
  Form form;
  if (!request.form.empty()) {
    form.reset(curl_mime_init(easy.get()));
    for (const FormPart& part : request.form) {
      curl_mimepart* field = curl_mime_addpart(form.get());
      curl_mime_name(field, part.name.c_str());
      curl_mime_data(field, part.content.data(), part.content.size());
      if (!part.file_name.empty()) curl_mime_filename(field, part.file_name.c_str());
      if (!part.content_type.empty()) curl_mime_type(field, part.content_type.c_str());
    }
    set(CURLOPT_MIMEPOST, form.get());
  }

  const CURLcode result = perform(easy.get(), cancel);
  bytes_were_seen = incoming.given;
  if (incoming.error) {
    try {
      std::rethrow_exception(incoming.error);
    } catch (const HttpError& error) {
      throw HttpError(base_url_ + " " + error.what(), error.may_pass);
    }
  }
  if (result != CURLE_OK)
    throw HttpError(key_.redacted(str(base_url_, ": ", *reason ? reason : curl_easy_strerror(result))), passes(result));
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &incoming.response.status);
  incoming.response.hints.after = incoming.after_ms ? incoming.after_ms : incoming.after;
  incoming.response.body = key_.redacted(std::move(incoming.response.body));
  return incoming.response;
}

}  // namespace mueca
