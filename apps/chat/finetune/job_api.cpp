#include "apps/chat/finetune/job_api.h"

#include <algorithm>

#include "apps/chat/bounded_json.h"
#include "apps/chat/finetune/text_repair.h"
#include "core/files/sha256.h"

namespace mueca {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostPages = 50;  // of events in one poll
constexpr JsonLimits kAnswer{.bytes = std::size_t{8} << 20, .values = 500'000, .depth = 32};

void check_path(const std::string& path, const char* name) {
  check(path.starts_with('/') && path.find_first_of("?# \t\r\n\\%") == std::string::npos &&
            path.find("..") == std::string::npos,
        name, ": \"", one_line(path), "\", expected a path such as /fine_tuning/jobs");
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// An id goes into the path of the next request, so that nothing else may stand in it.
std::string checked_id(const std::string& id, const std::string& what) {
  const bool good =
      !id.empty() && id.size() <= 200 && id != "." && id != ".." &&
      id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == std::string::npos;
  if (!good)
    throw PassingFault(str(what, ": the answer's id is \"", one_line(id), "\", expected letters and digits"), 200);
  return id;
}

// {"error": {"message": ...}} as most say it; otherwise the start of whatever came.
std::string servers_words(const std::string& body) {
  try {
    const Json json = parse_bounded_json(body, "", kAnswer);
    if (json.is_object()) {
      if (const auto error = json.find("error"); error != json.end()) {
        if (error->is_string()) return one_line(error->get<std::string>());
        if (error->is_object() && !text_of(*error, "message").empty()) return one_line(text_of(*error, "message"));
      }
      for (const char* key : {"message", "detail"})
        if (!text_of(json, key).empty()) return one_line(text_of(json, key));
    }
  } catch (const Error&) {  // no JSON
  }
  return body.empty() ? "no further words" : one_line(body.substr(0, 200));
}

// The object in the answer; `what` is "POST URL".
Json object_of(const HttpResponse& response, const std::string& what) {
  const long status = response.status;
  if (!response.ok()) {
    const std::string sentence = str(what, ": status ", status, ": ", servers_words(response.body));
    if (status == 408 || status == 429 || status >= 500) throw PassingFault(sentence, status);
    throw Error(sentence);
  }
  Json json;
  try {
    json = parse_bounded_json(response.body, what, kAnswer);
  } catch (const Error& error) {
    throw PassingFault(error.what(), status);
  }
  if (!json.is_object()) throw PassingFault(str(what, ": expected a JSON object, got ", json.type_name()), status);
  return json;
}

JobEvent event_of(const Json& json) {
  JobEvent event{text_of(json, "id"), one_line(text_of(json, "level")), one_line(text_of(json, "message")), 0};
  if (const auto time = json.find("created_at"); time != json.end() && time->is_number_integer())
    event.created_at = time->get<std::int64_t>();
  // Near-compatible servers number nothing: then what an event says is what it is.
  if (event.id.empty() || event.id.size() > 200)
    event.id = "sha256-" + sha256_of(str(event.created_at, " ", event.level, " ", event.message)).substr(0, 32);
  return event;
}

}  // namespace

std::string one_line(std::string_view text) {
  TextRepairs ignored;
  std::string line = repaired_text(text.substr(0, 4096), ignored);
  for (char& c : line)
    if (c == '\n' || c == '\t') c = ' ';
  if (line.size() > 500) {
    std::size_t end = 497;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;  // not within a character
    line = line.substr(0, end) + "...";
  }
  return line;
}

std::string job_request_json(const JobRequest& request) {
  check(!request.model.empty(), "model: is missing");
  check(request.suffix.size() <= 64, "suffix: ", request.suffix.size(), " characters, at most 64 are allowed");
  check(request.epochs.value_or(1) >= 1, "epochs: ", request.epochs.value_or(1), ", expected 1 or more");
  check(request.batch_size.value_or(1) >= 1, "batch size: ", request.batch_size.value_or(1), ", expected 1 or more");
  check(request.learning_rate_multiplier.value_or(1) > 0, "learning-rate multiplier: expected more than 0");
  nlohmann::ordered_json json{{"model", request.model}, {"training_file", request.training_file}};
  if (!request.validation_file.empty()) json["validation_file"] = request.validation_file;
  if (!request.suffix.empty()) json["suffix"] = request.suffix;
  if (request.seed) json["seed"] = *request.seed;
  nlohmann::ordered_json hyperparameters = nlohmann::ordered_json::object();
  if (request.epochs) hyperparameters["n_epochs"] = *request.epochs;
  if (request.batch_size) hyperparameters["batch_size"] = *request.batch_size;
  if (request.learning_rate_multiplier) hyperparameters["learning_rate_multiplier"] = *request.learning_rate_multiplier;
  nlohmann::ordered_json supervised = nlohmann::ordered_json::object();
  if (!hyperparameters.empty()) supervised["hyperparameters"] = hyperparameters;
  json["method"] = {{"type", "supervised"}, {"supervised", supervised}};
  return json.dump(2);
}

JobApi::JobApi(JobEndpoint endpoint, const ApiKey& key, const HttpLimits& limits)
    : endpoint_(std::move(endpoint)), client_(endpoint_.base_url, key, limits), once_(endpoint_.base_url, key, [&] {
        HttpLimits once = limits;
        once.retry.most = 0;
        return once;
      }()) {
  check_path(endpoint_.jobs_path, "jobs path");
  check_path(endpoint_.files_path, "files path");
  endpoint_.base_url = client_.base_url();
}

std::string JobApi::job_path(const std::string& id) const { return endpoint_.jobs_path + "/" + checked_id(id, "job"); }

Job JobApi::job_of(const HttpResponse& response, const std::string& what) const {
  const Json json = object_of(response, what);
  Job job{checked_id(text_of(json, "id"), what), one_line(text_of(json, "status")),
          one_line(text_of(json, "fine_tuned_model")), ""};
  if (job.status.empty()) throw PassingFault(what + ": the answer has no status", 200);
  if (const auto error = json.find("error"); error != json.end() && error->is_object())
    job.error = one_line(text_of(*error, "message"));
  return job;
}

std::string JobApi::upload(const std::string& file_name, std::string jsonl) {
  const FormPart parts[] = {{"purpose", "fine-tune", "", ""},
                            {"file", std::move(jsonl), file_name, "application/jsonl"}};
  const std::string what = str("POST ", endpoint_.base_url, endpoint_.files_path);
  return checked_id(text_of(object_of(client_.post_form(endpoint_.files_path, parts), what), "id"), what);
}

Job JobApi::create(const JobRequest& request) {
  const std::string what = str("POST ", endpoint_.base_url, endpoint_.jobs_path);
  constexpr const char* kMaybe = "; the job may have begun all the same: look at the server's list of jobs first";
  try {
    return job_of(once_.post_json(endpoint_.jobs_path, job_request_json(request)), what);
  } catch (const HttpError& error) {
    throw Error(str(what, ": ", error.what(), error.may_pass ? kMaybe : ""));
  } catch (const PassingFault& fault) {
    throw Error(str(fault.what(), fault.status == 429 ? "; try again later, nothing is uploaded twice" : kMaybe));
  }
}

Job JobApi::get(const std::string& id) {
  return job_of(client_.get(job_path(id)), str("GET ", endpoint_.base_url, job_path(id)));
}

Job JobApi::cancel(const std::string& id) {
  const std::string path = job_path(id) + "/cancel";
  return job_of(client_.post_json(path, "{}"), str("POST ", endpoint_.base_url, path));
}

std::vector<JobEvent> JobApi::new_events(const std::string& id, const std::set<std::string>& shown) {
  std::vector<JobEvent> events;
  std::set<std::string> taken;
  std::string after;
  for (std::size_t page = 0; page < kMostPages; ++page) {
    const std::string path = job_path(id) + "/events?limit=100" + (after.empty() ? "" : "&after=" + after);
    const std::string what = str("GET ", endpoint_.base_url, path);
    const Json json = object_of(client_.get(path), what);
    const auto data = json.find("data");
    if (data == json.end() || !data->is_array()) throw PassingFault(what + ": expected a list named data", 200);
    bool met_shown = false;
    std::vector<JobEvent> of_page;
    for (const Json& item : *data) {
      if (!item.is_object()) throw PassingFault(what + ": expected objects in data", 200);
      of_page.push_back(event_of(item));
      met_shown |= shown.contains(of_page.back().id);
      if (!shown.contains(of_page.back().id) && taken.insert(of_page.back().id).second)
        events.push_back(of_page.back());
    }
    // The newest come first, so that older pages hold nothing new once a known one was met; a server that begins
    // with the oldest is read to its end.
    const bool newest_first = of_page.size() > 1 && of_page.front().created_at > of_page.back().created_at;
    const auto more = json.find("has_more");
    if (of_page.empty() || more == json.end() || *more != true || (met_shown && newest_first)) break;
    const std::string last = text_of((*data).back(), "id");
    if (last.empty() || last == after) break;
    after = checked_id(last, what);
  }
  // Servers agree on created_at, not on the order; equal times keep the reverse of newest-first.
  if (events.size() > 1 && events.front().created_at >= events.back().created_at)
    std::reverse(events.begin(), events.end());
  std::stable_sort(events.begin(), events.end(),
                   [](const JobEvent& a, const JobEvent& b) { return a.created_at < b.created_at; });
  return events;
}

}  // namespace mueca
