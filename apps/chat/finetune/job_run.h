// A job's life from this side: upload what is not there yet, create it, follow it, through outages and restarts.
#pragma once
#include <iosfwd>

#include "apps/chat/finetune/job_state.h"

namespace mueca {

struct SubmitOptions {
  std::filesystem::path training, validation;  // validation may be empty
  std::filesystem::path state;
  JobRequest request;  // without the files' ids
};

// What submit would send, in words and JSON; for people to read before they spend money.
std::string request_preview(const SubmitOptions& options, const JobEndpoint& endpoint);

// Uploads and creates; the state file is written after each step, so that a second call goes on where the first one
// stopped. Throws Error when the state file already holds a job, or belongs to another server.
JobState submit_job(const SubmitOptions& options, JobApi& api, std::ostream& says);

struct WatchOptions {
  double interval = 10;    // seconds between two looks
  double patience = 1800;  // seconds without a usable answer before it gives up
  bool once = false;       // one look
};

// Prints new events and changes of status, saving the state after each look. Returns the last state of the job, not
// ended with `once`. Throws HttpCancelled when `cancel` was raised, Error when patience ends; the state file is whole.
Job watch_job(const std::filesystem::path& state_file, JobApi& api, const WatchOptions& options,
              const std::atomic<bool>* cancel, std::ostream& says);

}  // namespace mueca
