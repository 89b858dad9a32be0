#include "apps/chat/finetune/job_run.h"

#include <chrono>
#include <ostream>
#include <thread>

#include "core/files/atomic_file.h"
#include "core/files/sha256.h"

namespace mueca {
namespace {

constexpr std::size_t kLargestUpload = std::size_t{512} << 20;  // bytes; also what OpenAI takes per file

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void wait(double seconds, const std::atomic<bool>* cancel) {
  for (const auto start = Clock::now(); seconds_since(start) < seconds;) {
    if (cancel && *cancel) throw HttpCancelled();
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(0.05, seconds)));
  }
}

// Uploads unless this very content is on the server already.
void bring(const std::filesystem::path& path, UploadedFile& file, JobApi& api, std::ostream& says) {
  std::string bytes = read_file(path, kLargestUpload);
  const std::string sha256 = sha256_of(bytes);
  if (!file.id.empty() && file.sha256 == sha256) {
    says << path.string() << ": is uploaded already as " << file.id << "\n";
    return;
  }
  const std::size_t size = bytes.size();
  file = {path.string(), sha256, ""};
  file.id = api.upload(path.filename().string(), std::move(bytes));
  says << path.string() << ": " << size << " bytes uploaded as " << file.id << std::endl;
}

std::string file_preview(const std::filesystem::path& path, const JobEndpoint& endpoint) {
  const std::string bytes = read_file(path, kLargestUpload);
  return str("POST ", endpoint.base_url, endpoint.files_path,
             "  (multipart/form-data)\n  purpose: fine-tune\n  file: ", path.filename().string(),
             ", application/jsonl, ", bytes.size(), " bytes, sha256 ", sha256_of(bytes), "\n\n");
}

}  // namespace

std::string request_preview(const SubmitOptions& options, const JobEndpoint& endpoint) {
  JobRequest request = options.request;
  request.training_file = str("<id of ", options.training.filename().string(), ">");
  std::string text = file_preview(options.training, endpoint);
  if (!options.validation.empty()) {
    request.validation_file = str("<id of ", options.validation.filename().string(), ">");
    text += file_preview(options.validation, endpoint);
  }
  return str(text, "POST ", endpoint.base_url, endpoint.jobs_path, "  (application/json)\n", job_request_json(request),
             "\n");
}

JobState submit_job(const SubmitOptions& options, JobApi& api, std::ostream& says) {
  JobState state;
  if (std::filesystem::exists(options.state)) {
    state = load_job_state(options.state);
    check(state.job.empty(), options.state.string(), ": holds job ", state.job,
          " already; watch or cancel it, or name another --state");
    check(state.endpoint.base_url == api.endpoint().base_url, options.state.string(), ": belongs to ",
          state.endpoint.base_url, ", not to ", api.endpoint().base_url, "; name another --state");
  }
  JobRequest request = options.request;
  job_request_json(request);  // what it refuses should be known before anything is uploaded
  state.endpoint = api.endpoint();
  state.model = request.model;
  save_job_state(state, options.state);  // a place that cannot be written should be known, too
  bring(options.training, state.training, api, says);
  save_job_state(state, options.state);
  request.training_file = state.training.id;
  if (options.validation.empty()) {
    state.validation = {};
  } else {
    bring(options.validation, state.validation, api, says);
    save_job_state(state, options.state);
    request.validation_file = state.validation.id;
  }
  const Job job = api.create(request);
  state.job = job.id;
  state.status = job.status;
  save_job_state(state, options.state);
  says << "job " << job.id << ": " << job.status << std::endl;
  return state;
}

Job watch_job(const std::filesystem::path& state_file, JobApi& api, const WatchOptions& options,
              const std::atomic<bool>* cancel, std::ostream& says) {
  JobState state = load_job_state(state_file);
  check(!state.job.empty(), state_file.string(), ": holds no job yet; submit it first");
  const std::string resume = str("; 'mueca chat finetune watch ", state_file.string(), "' goes on");
  api.set_cancel(cancel);
  auto answered = Clock::now();
  bool silent = false;  // an outage that was told of
  for (;;) {
    try {
      const Job job = api.get(state.job);
      for (const JobEvent& event : api.new_events(state.job, state.shown_set())) {
        says << "  " << (event.level.empty() || event.level == "info" ? "" : event.level + ": ") << event.message
             << "\n";
        state.remember(event.id);
      }
      if (job.status != state.status || silent || options.once)
        says << "job " << job.id << ": " << job.status << (job.error.empty() ? "" : ": " + job.error) << "\n";
      says.flush();
      state.status = job.status;
      state.fine_tuned_model = job.fine_tuned_model;
      save_job_state(state, state_file);
      if (job.ended() || options.once) return job;
      answered = Clock::now();
      silent = false;
    } catch (const HttpError& fault) {
      if (!fault.may_pass || options.once || seconds_since(answered) > options.patience)
        throw Error(fault.what() + resume);
      if (!silent) says << fault.what() << "; trying again" << std::endl;
      silent = true;
    } catch (const PassingFault& fault) {
      if (options.once || seconds_since(answered) > options.patience) throw Error(fault.what() + resume);
      if (!silent) says << fault.what() << "; trying again" << std::endl;
      silent = true;
    }
    wait(options.interval, cancel);
  }
}

}  // namespace mueca
