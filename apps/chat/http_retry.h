// When a request is tried again and after how long, by the conventions that clients of OpenAI's API share: two retries
// on lost connections, 408, 409, 429 and 5xx; what the server asks for in its headers comes first.
#pragma once
#include <optional>

namespace mueca {

struct RetryHints {                  // of the answer's headers
  std::optional<double> after;       // seconds: retry-after-ms, else retry-after (seconds or a date)
  std::optional<bool> should_retry;  // x-should-retry: true or false
};

struct RetryPolicy {
  int most = 2;                 // tries after the first
  double first_delay = 0.5;     // seconds, doubled by every further one
  double longest_delay = 8;     // ... up to here
  double longest_wanted = 120;  // a server that asks for more is not waited for
};

// Seconds to wait before try `attempt` + 1 (attempt counts from 0); nothing: give up. status 0: no answer came at all.
// jitter in [0, 1) takes up to a quarter off, so that clients do not come back together.
std::optional<double> retry_delay(const RetryPolicy& policy, int attempt, long status, const RetryHints& hints,
                                  double jitter);

// A Retry-After header's value, in seconds from `now` (Unix time); nothing when it is neither a number nor a date.
std::optional<double> parse_retry_after(const char* value, long long now);

}  // namespace mueca
