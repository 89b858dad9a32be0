// HTTP for talking to model servers, by libcurl: certificates are always verified, redirects are never followed, and a
// key leaves this machine only over TLS.
#pragma once
#include <atomic>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "apps/chat/api_key.h"
#include "apps/chat/http_retry.h"
#include "core/error.h"

namespace mueca {

// No answer came: host unreachable, certificate refused, connection lost, time over, answer too large.
struct HttpError : Error {
  HttpError(const std::string& sentence, bool passing) : Error(sentence), may_pass(passing) {}
  bool may_pass;  // worth another try
};

// The cancel flag was raised while a request ran or waited for its next try.
struct HttpCancelled : Error {
  HttpCancelled() : Error("interrupted") {}
};

struct HttpLimits {
  double connect_seconds = 5, total_seconds = 600;
  std::size_t body_bytes = std::size_t{8} << 20;  // of an answer, streamed or not
  RetryPolicy retry;
};

struct HttpResponse {
  long status = 0;
  std::string content_type;  // lower case, without parameters: "application/json"
  std::string body;          // empty when on_bytes took it
  RetryHints hints;
  bool ok() const { return status >= 200 && status < 300; }
};

struct FormPart {
  std::string name, content;
  std::string file_name, content_type;  // empty: an ordinary field
};

using OnBytes = std::function<void(std::string_view)>;

class HttpClient {
 public:
  // `base_url` as in https://api.openai.com/v1. Throws Error for what is no http(s) URL, for one that holds a password,
  // a query or a fragment, and for plain http with a key to a host that is not this machine (loopback).
  HttpClient(const std::string& base_url, ApiKey key, HttpLimits limits = {});

  // `path` follows the base URL: "/models". Any status is a response, after the retries that it allows; see
  // http_retry.h. Throws HttpError with a sentence that names the server, HttpCancelled, and whatever on_bytes throws.
  HttpResponse get(const std::string& path);
  // `on_bytes`, if given, sees the body of a 2xx answer as it comes; after its first bytes nothing is tried again.
  HttpResponse post_json(const std::string& path, const std::string& json, const OnBytes& on_bytes = {});
  HttpResponse post_form(const std::string& path, std::span<const FormPart> parts);

  const std::string& base_url() const { return base_url_; }  // without a slash at its end
  const std::string& host() const { return host_; }
  bool loopback() const { return loopback_; }
  const ApiKey& key() const { return key_; }

  const std::atomic<bool>* cancel = nullptr;                                       // looked at every 50 ms
  std::function<void(const std::string& why, double seconds)> on_retry = nullptr;  // before each wait

 private:
  struct Request;
  HttpResponse send(const Request& request);
  HttpResponse attempt(const Request& request, bool& bytes_were_seen);

  std::string base_url_, host_;
  bool loopback_ = false;
  ApiKey key_;
  HttpLimits limits_;
};

}  // namespace mueca
