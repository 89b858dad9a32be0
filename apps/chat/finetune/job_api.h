// The two end points that fine-tuning servers share: files, and fine_tuning/jobs.
// Source: https://platform.openai.com/docs/api-reference/fine-tuning and .../files
#pragma once
#include <functional>
#include <optional>
#include <set>

#include "apps/chat/http.h"

namespace mueca {

struct JobEndpoint {
  std::string base_url;  // "https://host/v1"
  std::string jobs_path = "/fine_tuning/jobs", files_path = "/files";
};

struct JobRequest {
  std::string model, training_file, validation_file, suffix;  // the last two may be empty; files by the server's ids
  std::optional<std::int64_t> seed, epochs, batch_size;       // unset: the server chooses
  std::optional<double> learning_rate_multiplier;
};

// Throws Error for a suffix above 64 characters and figures out of range.
std::string job_request_json(const JobRequest& request);

struct Job {
  std::string id, status;  // validating_files, queued, running, paused, succeeded, failed, cancelled, or another word
  std::string fine_tuned_model, error;  // once it succeeded; once it failed

  bool ended() const { return status == "succeeded" || status == "failed" || status == "cancelled"; }
};

struct JobEvent {
  std::string id, level, message;  // printable, one line
  std::int64_t created_at = 0;     // Unix time, 0: not told
};

// The server answered with something that is no answer: garbage or a passing fault (408, 429, 5xx).
struct PassingFault : Error {
  PassingFault(const std::string& sentence, long http_status) : Error(sentence), status(http_status) {}
  long status;
};

class JobApi {
 public:
  // Throws Error for a path that does not begin with '/' or holds '?', '#' or blanks; see HttpClient for the URL.
  JobApi(JobEndpoint endpoint, const ApiKey& key, const HttpLimits& limits = {});

  // All throw HttpError, HttpCancelled, PassingFault, and Error with the server's own words for any other status.
  std::string upload(const std::string& file_name, std::string jsonl);  // the file's id
  // Never sent twice: where the answer was lost the job may run, and a second one would cost the same again.
  Job create(const JobRequest& request);
  Job get(const std::string& id);
  Job cancel(const std::string& id);
  // Events whose ids are not in `shown`, oldest first.
  std::vector<JobEvent> new_events(const std::string& id, const std::set<std::string>& shown);

  const JobEndpoint& endpoint() const { return endpoint_; }
  void set_cancel(const std::atomic<bool>* flag) { client_.cancel = once_.cancel = flag; }
  void on_retry(std::function<void(const std::string& why, double seconds)> say) { client_.on_retry = std::move(say); }

 private:
  Job job_of(const HttpResponse& response, const std::string& what) const;
  std::string job_path(const std::string& id) const;

  JobEndpoint endpoint_;
  HttpClient client_, once_;
};

std::string one_line(std::string_view text);  // one line of valid UTF-8 without control characters, at most 500 bytes

}  // namespace mueca
