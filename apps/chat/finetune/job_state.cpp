#include "apps/chat/finetune/job_state.h"

#include "apps/chat/bounded_json.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

constexpr std::size_t kLargestState = std::size_t{4} << 20;
constexpr std::string_view kFormat = "mueca fine-tuning job 1";

using Json = nlohmann::ordered_json;

Json json_of(const UploadedFile& file) { return {{"path", file.path}, {"sha256", file.sha256}, {"id", file.id}}; }

class Fields {
 public:
  Fields(const nlohmann::json& object, std::string where) : object_(object), where_(std::move(where)) {
    check(object.is_object(), where_, ": expected an object, got ", object.type_name());
  }
  const nlohmann::json& at(const char* key) const {
    check(object_.contains(key), where_, ": the key \"", key, "\" is missing");
    return object_[key];
  }
  std::string text(const char* key) const {
    check(at(key).is_string(), where_, ": ", key, ": expected a string, got ", at(key).type_name());
    return at(key).get<std::string>();
  }
  UploadedFile file(const char* key) const {
    const Fields fields(at(key), where_ + ": " + key);
    return {fields.text("path"), fields.text("sha256"), fields.text("id")};
  }
  const std::string& where() const { return where_; }

 private:
  const nlohmann::json& object_;
  std::string where_;
};

}  // namespace

void JobState::remember(const std::string& event) {
  if (shown.size() >= kMostShown) shown.erase(shown.begin());
  shown.push_back(event);
}

JobState load_job_state(const std::filesystem::path& path) {
  const auto json = parse_bounded_json(read_file(path, kLargestState), path.string(), {.bytes = kLargestState});
  const Fields fields(json, path.string());
  check(fields.text("format") == kFormat, path.string(), ": format: expected \"", kFormat, "\"");
  JobState state;
  state.endpoint = {fields.text("base_url"), fields.text("jobs_path"), fields.text("files_path")};
  state.training = fields.file("training");
  state.validation = fields.file("validation");
  state.model = fields.text("model");
  state.job = fields.text("job");
  state.status = fields.text("status");
  state.fine_tuned_model = fields.text("fine_tuned_model");
  const auto& shown = fields.at("shown_events");
  check(shown.is_array() && shown.size() <= JobState::kMostShown, path.string(),
        ": shown_events: expected a list of at most ", JobState::kMostShown, " ids");
  for (const auto& id : shown) {
    check(id.is_string(), path.string(), ": shown_events: expected strings");
    state.shown.push_back(id.get<std::string>());
  }
  return state;
}

void save_job_state(const JobState& state, const std::filesystem::path& path) {
  const Json json{{"format", kFormat},
                  {"base_url", state.endpoint.base_url},
                  {"jobs_path", state.endpoint.jobs_path},
                  {"files_path", state.endpoint.files_path},
                  {"model", state.model},
                  {"training", json_of(state.training)},
                  {"validation", json_of(state.validation)},
                  {"job", state.job},
                  {"status", state.status},
                  {"fine_tuned_model", state.fine_tuned_model},
                  {"shown_events", state.shown}};
  write_file_atomically(path, json.dump(2) + "\n");
}

}  // namespace mueca
