// mueca chat finetune as a user runs it: the built tool, a folder, and a server on 127.0.0.1.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "apps/chat/test_server.h"
#include "apps/tool_test.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

constexpr const char* kKey = "sk-secret-fedcba9876543210";

// Five small conversations in ESConv's form.
std::string conversations() {
  std::string list = "[";
  for (int i = 0; i < 5; ++i)
    list += std::string(i ? ",\n" : "") +
            R"({"emotion_type": "anxiety", "dialog": [{"speaker": "seeker", "content": "Worry )" + std::to_string(i) +
            R"("}, {"speaker": "supporter", "content": "What is the worst of it?"}]})";
  return list + "]";
}

class Finetune : public testing::Test {
 protected:
  Finetune() {
    setenv("OPENAI_API_KEY", kKey, 1);
    unsetenv("OPENAI_BASE_URL");
    write_file_atomically(folder_ / "talks.json", conversations());
  }
  ~Finetune() override { unsetenv("OPENAI_API_KEY"); }

  ToolOutput run(std::vector<std::string> words, const std::function<void(int)>& while_running = {}) {
    words.insert(words.begin(), {"chat", "finetune"});
    const ToolOutput output = run_mueca(words, while_running);
    EXPECT_EQ((output.out + output.err).find(kKey), std::string::npos) << output.out << output.err;
    return output;
  }
  void prepare() { ASSERT_EQ(run({"prepare", folder_ / "talks.json", "--out", folder_ / "data"}).code, 0); }
  std::string data(const std::string& name) { return folder_ / ("data/" + name); }

  TestFolder folder_;
};

TEST_F(Finetune, PreparesTheSameBytesAndOverwritesNothing) {
  prepare();
  const ToolOutput again = run({"prepare", folder_ / "talks.json", "--out", folder_ / "data"});
  EXPECT_EQ(again.code, 1);
  EXPECT_NE(again.err.find("train.jsonl: is there already; --overwrite replaces it"), std::string::npos) << again.err;
  const ToolOutput other =
      run({"prepare", folder_ / "talks.json", "--out", folder_ / "other", "--price-per-million", "3"});
  EXPECT_NE(other.out.find("at 3 per million"), std::string::npos) << other.out;
  for (const char* name : {"train.jsonl", "validation.jsonl", "rejects.txt", "summary.json"})
    EXPECT_EQ(read_file(data(name), 1 << 20), read_file(folder_ / (std::string("other/") + name), 1 << 20)) << name;
  EXPECT_EQ(run({"validate", data("train.jsonl"), data("validation.jsonl")}).code, 0);
}

TEST_F(Finetune, ValidateNamesTheLine) {
  write_file_atomically(folder_ / "bad.jsonl", "{\"messages\":[{\"role\":\"user\"}]}\n");
  const ToolOutput output = run({"validate", folder_ / "bad.jsonl"});
  EXPECT_EQ(output.code, 1);
  EXPECT_NE(output.err.find("bad.jsonl:1: messages[0].content: is missing"), std::string::npos) << output.err;
}

TEST_F(Finetune, DryRunsByDefaultAndWantsAServer) {
  prepare();
  EXPECT_EQ(run({"submit", data("train.jsonl"), "--model", "small"}).code, 2);
  int asked = 0;
  TestServer server([&](const TestRequest&) {
    ++asked;
    return TestReply{};
  });
  const std::vector<std::string> words = {"submit", data("train.jsonl"), "--model",
                                          "small",  "--base-url",        server.url() + "/v1"};
  const ToolOutput dry = run(words);
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_NE(dry.out.find("POST " + server.url() + "/v1/fine_tuning/jobs"), std::string::npos) << dry.out;
  EXPECT_NE(dry.err.find("nothing was sent"), std::string::npos);
  EXPECT_EQ(asked, 0);
  EXPECT_FALSE(std::filesystem::exists(data("job.json")));
}

TEST_F(Finetune, SubmitWatchInterruptResumeCancel) {
  prepare();
  std::atomic<int> looks{0};
  std::atomic<bool> cancelled{false};
  TestServer server([&](const TestRequest& request) {
    nlohmann::json reply{{"id", "job-1"}, {"status", cancelled ? "cancelled" : "running"}};
    if (request.path == "/v1/files") reply = {{"id", "file-1"}};
    if (request.path.ends_with("/cancel")) cancelled = true;
    if (request.path.ends_with("/events"))
      reply = {{"data", {{{"id", "ev-1"}, {"created_at", 5}, {"message", "the only event"}}}}, {"has_more", false}},
      ++looks;
    return TestReply{200, reply.dump(), "application/json", {}, {}};
  });
  const std::string state = data("job.json");
  EXPECT_EQ(run({"submit", data("train.jsonl"), "--validation", data("validation.jsonl"), "--model", "small",
                 "--base-url", server.url() + "/v1", "--send"})
                .code,
            0);
  const ToolOutput stopped = run({"watch", state, "--interval", "60"}, [&](int pid) {
    while (looks == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    kill(pid, SIGINT);
  });
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_NE(stopped.err.find("the only event"), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find("goes on from here"), std::string::npos) << stopped.err;
  EXPECT_EQ(run({"cancel", state}).code, 0);
  EXPECT_FALSE(cancelled) << "a dry run";
  EXPECT_EQ(run({"cancel", state, "--send"}).code, 0);
  EXPECT_TRUE(cancelled);
  const ToolOutput ended = run({"watch", state, "--interval", "0.05"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.err.find("the only event"), std::string::npos) << "shown before the interruption";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
    if (entry.is_regular_file()) {
      EXPECT_EQ(read_file(entry.path(), 1 << 20).find(kKey), std::string::npos) << entry.path();
    }
}

}  // namespace
}  // namespace mueca
