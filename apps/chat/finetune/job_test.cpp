// A job's life against a server of our own: upload, create, follow, cancel; and everything that goes wrong meanwhile.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "apps/chat/finetune/job_run.h"
#include "apps/chat/test_server.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kKey = "sk-secret-0123456789abcdef";
TestReply reply_of(int status, std::string body) { return {status, std::move(body), "application/json", {}, {}}; }

constexpr const char* kExample =
    R"({"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]})";

// What a server knows of one job. The newest event is listed first, two to a page, as OpenAI does it.
struct FakeJobs {
  std::mutex mutex;
  std::string status = "validating_files", error;
  std::vector<Json> events;  // oldest first
  std::function<std::optional<TestReply>(const TestRequest&)> fault;
  int files = 0;

  void happen(const std::string& now, const std::string& message) {
    const std::lock_guard lock(mutex);
    status = now;
    const auto number = events.size();
    events.push_back({{"id", "ev-" + std::to_string(number)},
                      {"created_at", 1000 + number},
                      {"level", "info"},
                      {"message", message}});
  }

  TestReply operator()(const TestRequest& request) {
    const std::lock_guard lock(mutex);
    if (fault)
      if (auto reply = fault(request)) return *reply;
    const auto reply = [](const Json& json) { return reply_of(200, json.dump()); };
    if (request.path == "/v1/files") return reply({{"id", "file-" + std::to_string(++files)}, {"object", "file"}});
    if (request.path.ends_with("/cancel")) status = "cancelled";
    if (request.path == "/v1/fine_tuning/jobs/job-1/events") {
      Json data = Json::array();
      const std::string after = after_of(request);
      for (auto event = events.rbegin(); event != events.rend() && data.size() < 2; ++event)
        if (after.empty() || (*event)["created_at"] < created_at(after)) data.push_back(*event);
      const bool more = !data.empty() && data.back()["id"] != "ev-0";
      return reply({{"object", "list"}, {"data", data}, {"has_more", more}});
    }
    if (!request.path.starts_with("/v1/fine_tuning/jobs"))
      return reply_of(404, R"({"error":{"message":"no such path"}})");
    return reply({{"id", "job-1"},
                  {"status", status},
                  {"fine_tuned_model", status == "succeeded" ? Json("ft:small:mueca") : Json()},
                  {"error", error.empty() ? Json::object() : Json{{"message", error}}}});
  }

  static std::string after_of(const TestRequest& request) {
    const auto at = request.query.find("after");
    return at == request.query.end() ? "" : at->second;
  }
  int created_at(const std::string& id) const {
    for (const Json& event : events)
      if (event["id"] == id) return event["created_at"];
    return 0;
  }
};

class Jobs : public testing::Test {
 protected:
  Jobs() : folder_(fs::temp_directory_path() / ("mueca-jobs-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    write_file_atomically(folder_ / "train.jsonl", std::string(kExample) + "\n");
    write_file_atomically(folder_ / "validation.jsonl", "{}\n");
    options_ = {folder_ / "train.jsonl", folder_ / "validation.jsonl", folder_ / "job.json", {}};
    options_.request.model = "small";
    options_.request.epochs = 3;
    options_.request.suffix = "mueca";
    options_.request.seed = 7;
    watch_.interval = 0.01;
    watch_.patience = 20;
  }
  ~Jobs() override { fs::remove_all(folder_); }

  TestServer::Answer answer() {
    return [this](const TestRequest& request) { return jobs_(request); };
  }
  static JobApi api(const TestServer& server) {
    HttpLimits limits;
    limits.connect_seconds = 2, limits.total_seconds = 10;
    limits.retry.first_delay = 0.005;
    return JobApi({server.url() + "/v1", "/fine_tuning/jobs", "/files"}, ApiKey(kKey), limits);
  }
  Job watch(JobApi& api, const std::atomic<bool>* cancel = nullptr) {
    return watch_job(options_.state, api, watch_, cancel, says_);
  }
  template <class Work>
  static std::string error_of(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  int times_said(const std::string& what) const {
    const std::string text = says_.str();
    int times = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++times;
    return times;
  }

  fs::path folder_;
  FakeJobs jobs_;
  SubmitOptions options_;
  WatchOptions watch_;
  std::ostringstream says_;
};

TEST_F(Jobs, SubmitsFilesAndJob) {
  TestServer server(answer());
  JobApi client = api(server);
  const std::string preview = request_preview(options_, client.endpoint());
  EXPECT_TRUE(server.received().empty()) << "a preview sends nothing";
  EXPECT_NE(preview.find("POST " + server.url() +
                         "/v1/files  (multipart/form-data)\n  purpose: fine-tune\n  file: "
                         "train.jsonl, application/jsonl, " +
                         std::to_string(std::string(kExample).size() + 1) + " bytes"),
            std::string::npos)
      << preview;
  submit_job(options_, client, says_);
  const auto received = server.received();
  ASSERT_EQ(received.size(), 3u);
  ASSERT_EQ(received[0].form.size(), 2u);
  for (const FormPart& part : received[0].form) {
    EXPECT_EQ(part.content, part.name == "purpose" ? "fine-tune" : std::string(kExample) + "\n") << part.name;
    EXPECT_EQ(part.file_name, part.name == "purpose" ? "" : "train.jsonl");
  }
  const Json job = Json::parse(received[2].body);
  EXPECT_EQ(received[2].path, "/v1/fine_tuning/jobs");
  EXPECT_EQ(job, Json::parse(R"({"model": "small", "training_file": "file-1", "validation_file": "file-2",
                                 "suffix": "mueca", "seed": 7,
                                 "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}}})"));
  const JobState state = load_job_state(options_.state);
  EXPECT_EQ(state.job, "job-1");
  EXPECT_EQ(state.training.id, "file-1");
  const std::string again = error_of([&] { submit_job(options_, client, says_); });
  EXPECT_NE(again.find("holds job job-1 already"), std::string::npos) << again;
}

TEST_F(Jobs, GoesOnAfterARefusalWithoutUploadingAgain) {
  int refusals = 1;
  jobs_.fault = [&](const TestRequest& request) -> std::optional<TestReply> {
    if (request.path == "/v1/fine_tuning/jobs" && refusals-- > 0)
      return reply_of(429, R"({"error":{"message":"too many jobs"}})");
    return {};
  };
  TestServer server(answer());
  JobApi client = api(server);
  const std::string refused = error_of([&] { submit_job(options_, client, says_); });
  EXPECT_NE(refused.find("status 429: too many jobs; try again later, nothing is uploaded twice"), std::string::npos)
      << refused;
  EXPECT_EQ(server.received().size(), 3u) << "a job is never asked for twice";
  EXPECT_EQ(submit_job(options_, client, says_).job, "job-1");
  EXPECT_EQ(jobs_.files, 2);
  EXPECT_EQ(times_said("is uploaded already as file-"), 2);
}

TEST_F(Jobs, WatchShowsEachEventOnceOverRestarts) {
  TestServer server(answer());
  JobApi client = api(server);
  submit_job(options_, client, says_);
  for (const char* step : {"validated", "queued", "step 1", "step 2", "step 3"}) jobs_.happen("running", step);
  watch_.once = true;
  EXPECT_EQ(watch(client).status, "running");
  EXPECT_EQ(watch(client).status, "running");
  jobs_.happen("running", "step 4\x1B[2J\nend");
  jobs_.happen("succeeded", "done");
  watch_.once = false;
  JobApi another = api(server);
  const Job job = watch(another);
  EXPECT_EQ(job.fine_tuned_model, "ft:small:mueca");
  for (const char* step : {"validated", "queued", "step 1", "step 2", "step 3", "step 4[2J end", "done"})
    EXPECT_EQ(times_said(std::string("  ") + step + "\n"), 1) << step;
  const std::string text = says_.str();
  EXPECT_LT(text.find("step 1"), text.find("step 3"));
  EXPECT_EQ(load_job_state(options_.state).fine_tuned_model, "ft:small:mueca");
}

TEST_F(Jobs, FailureHasItsReason) {
  TestServer server(answer());
  JobApi client = api(server);
  submit_job(options_, client, says_);
  jobs_.error = "the file has 1 example, 10 are needed";
  jobs_.happen("failed", "stopped");
  EXPECT_EQ(watch(client).status, "failed");
  EXPECT_EQ(times_said("job job-1: failed: the file has 1 example, 10 are needed\n"), 1) << says_.str();
}

TEST_F(Jobs, Cancels) {
  TestServer server(answer());
  JobApi client = api(server);
  submit_job(options_, client, says_);
  EXPECT_EQ(client.cancel("job-1").status, "cancelled");
  EXPECT_EQ(server.received().back().path, "/v1/fine_tuning/jobs/job-1/cancel");
  EXPECT_TRUE(watch(client).ended());
}

TEST_F(Jobs, OutlivesGarbageAndBusyServers) {
  TestServer server(answer());
  JobApi client = api(server);
  submit_job(options_, client, says_);
  int looks = 0;
  jobs_.fault = [&](const TestRequest& request) -> std::optional<TestReply> {
    if (request.method != "GET") return {};
    const std::vector<TestReply> faults = {reply_of(200, "<html>portal</html>"),
                                           reply_of(200, R"({"id": "job-1"})"),
                                           reply_of(200, R"({"id": "../x", "status": "running"})"),
                                           reply_of(200, std::string(100, '[')),
                                           reply_of(429, "slow down"),
                                           reply_of(503, "")};
    if (looks < static_cast<int>(faults.size())) return faults[static_cast<std::size_t>(looks++)];
    return {};
  };
  jobs_.happen("succeeded", "done");
  EXPECT_EQ(watch(client).status, "succeeded");
  EXPECT_EQ(looks, 6);
  EXPECT_EQ(times_said("trying again"), 1) << says_.str();
  EXPECT_EQ(times_said("job job-1: succeeded"), 1);
}

TEST_F(Jobs, OutlivesAServerThatGoesAwayAndComesBack) {
  auto server = std::make_unique<TestServer>(answer());
  const std::string url = server->url();
  const int port = std::stoi(url.substr(url.rfind(':') + 1));
  JobApi client = api(*server);
  submit_job(options_, client, says_);
  jobs_.happen("running", "step 1");
  watch_.once = true;
  watch(client);
  server.reset();
  EXPECT_NE(error_of([&] { watch(client); }).find("goes on"), std::string::npos);
  watch_.once = false;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    jobs_.happen("succeeded", "step 2");
    server = std::make_unique<TestServer>(answer(), port);
  });
  EXPECT_EQ(watch(client).status, "succeeded");
  later.join();
  EXPECT_EQ(times_said("  step 1\n"), 1);
  EXPECT_EQ(times_said("  step 2\n"), 1);
}

TEST_F(Jobs, GivesUpWhenThereIsNoHope) {
  TestServer server(answer());
  JobApi client = api(server);
  submit_job(options_, client, says_);
  jobs_.fault = [](const TestRequest&) {
    return reply_of(401, R"({"error":{"message":"bad key )" + std::string(kKey) + R"("}})");
  };
  const std::string refused = error_of([&] { watch(client); });
  EXPECT_NE(refused.find("status 401: bad key [key]"), std::string::npos) << refused;
  jobs_.fault = [](const TestRequest&) { return reply_of(500, "broken"); };
  watch_.patience = 0;
  const std::string gave_up = error_of([&] { watch(client); });
  EXPECT_NE(gave_up.find("status 500: broken; 'mueca chat finetune watch "), std::string::npos) << gave_up;
}

TEST_F(Jobs, InterruptedWatchLeavesItsState) {
  TestServer server(answer());
  JobApi client = api(server);
  submit_job(options_, client, says_);
  jobs_.happen("running", "step 1");
  std::atomic<bool> cancel{false};
  watch_.interval = 60;
  std::thread user([&] {
    while (server.received().size() < 5) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel = true;
  });
  EXPECT_THROW(watch(client, &cancel), HttpCancelled);
  user.join();
  EXPECT_EQ(load_job_state(options_.state).shown, std::vector<std::string>{"ev-0"});
}

TEST_F(Jobs, TheKeyIsNowhere) {
  jobs_.fault = [](const TestRequest& request) -> std::optional<TestReply> {
    EXPECT_EQ(request.headers.at("authorization"), std::string("Bearer ") + kKey);
    return {};
  };
  TestServer server(answer());
  JobApi client = api(server);
  submit_job(options_, client, says_);
  jobs_.happen("succeeded", std::string("used ") + kKey);
  watch(client);
  for (const auto& entry : fs::directory_iterator(folder_))
    EXPECT_EQ(read_file(entry.path(), 1 << 20).find(kKey), std::string::npos) << entry.path();
  EXPECT_EQ(says_.str().find(kKey), std::string::npos);
  EXPECT_EQ(request_preview(options_, client.endpoint()).find(kKey), std::string::npos);
  for (const TestRequest& request : server.received()) EXPECT_EQ(request.body.find(kKey), std::string::npos);
}

TEST(JobState, RefusesWhatIsNone) {
  const fs::path file = fs::temp_directory_path() / ("mueca-state-" + std::to_string(getpid()) + ".json");
  const auto error = [&](const std::string& text) -> std::string {
    write_file_atomically(file, text);
    try {
      load_job_state(file);
    } catch (const Error& problem) {
      return problem.what();
    }
    return "no error";
  };
  const std::string name = file.string();
  EXPECT_EQ(error("{"), name + ": not valid JSON at column 2");
  EXPECT_EQ(error("[]"), name + ": expected an object, got array");
  EXPECT_EQ(error("{}"), name + ": the key \"format\" is missing");
  EXPECT_EQ(error(R"({"format": "x"})"), name + ": format: expected \"mueca fine-tuning job 1\"");
  EXPECT_EQ(error(R"({"format": "mueca fine-tuning job 1", "base_url": 3})"),
            name + ": base_url: expected a string, got number");
  fs::remove(file);
}

TEST(JobRequests, RefuseWhatServersWould) {
  JobRequest request;
  EXPECT_THROW(job_request_json(request), Error);
  request.model = "m";
  request.suffix = std::string(65, 'a');
  EXPECT_THROW(job_request_json(request), Error);
  request.suffix = "";
  request.epochs = 0;
  EXPECT_THROW(job_request_json(request), Error);
  for (const char* path : {"fine_tuning", "/a?b", "/a/../b", "/a b"})
    EXPECT_THROW(JobApi({"http://127.0.0.1:1", path, "/files"}, ApiKey()), Error) << path;
}

}  // namespace
}  // namespace mueca
