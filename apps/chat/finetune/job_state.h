// What is known of a job between two commands: a small JSON file, replaced as a whole. It never holds a key.
#pragma once
#include <filesystem>

#include "apps/chat/finetune/job_api.h"

namespace mueca {

struct UploadedFile {
  std::string path, sha256, id;  // id: the server's, empty until it is there
};

struct JobState {
  static constexpr std::size_t kMostShown = 4096;  // events remembered; servers list the newest first

  JobEndpoint endpoint;
  UploadedFile training, validation;
  std::string model, job, status, fine_tuned_model;  // job: the server's id, empty until there is one
  std::vector<std::string> shown;                    // ids of events, oldest first

  std::set<std::string> shown_set() const { return {shown.begin(), shown.end()}; }
  void remember(const std::string& event);
};

JobState load_job_state(const std::filesystem::path& path);  // throws Error naming file and field
void save_job_state(const JobState& state, const std::filesystem::path& path);

}  // namespace mueca
