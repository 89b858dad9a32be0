#include "apps/chat/http_retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace mueca {

std::optional<double> retry_delay(const RetryPolicy& policy, int attempt, long status, const RetryHints& hints,
                                  double jitter) {
  if (attempt >= policy.most) return {};
  const bool worth_it = status == 0 || status == 408 || status == 409 || status == 429 || status >= 500;
  if (!hints.should_retry.value_or(worth_it)) return {};
  if (hints.after) {
    if (*hints.after > policy.longest_wanted) return {};
    return *hints.after;
  }
  return std::min(std::ldexp(policy.first_delay, attempt), policy.longest_delay) * (1 - 0.25 * jitter);
}

std::optional<double> parse_retry_after(const char* value, long long now) {
  char* end = nullptr;
  const double seconds = std::strtod(value, &end);
  while (*end == ' ' || *end == '\t') ++end;
  if (end != value && *end == '\0') {
    if (!std::isfinite(seconds) || seconds < 0) return {};
    return seconds;
  }
  const time_t date = curl_getdate(value, nullptr);
  if (date == -1) return {};
  return std::max(0.0, static_cast<double>(date - now));
}

}  // namespace mueca
