// mueca chat end to end: the built tool, fed by a pipe, against a server of the test's own.
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "apps/chat/fake_model.h"
#include "apps/tool_test.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

constexpr const char* kKey = "sk-secret-9876543210";

// Standard input of the tool for this object's life: run_mueca's child inherits it.
class Typed {
 public:
  explicit Typed(const std::string& lines) : old_(dup(STDIN_FILENO)) {
    int ends[2];
    check(pipe(ends) == 0 && write(ends[1], lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()),
          "no pipe");
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
  }
  ~Typed() {
    dup2(old_, STDIN_FILENO);
    close(old_);
  }

 private:
  int old_;
};

// Once the child has become the tool; before that it still shows the test's own.
std::string arguments_of(int pid) {
  for (int i = 0; i < 2000; ++i) {
    std::ifstream in(str("/proc/", pid, "/cmdline"));
    const std::string line(std::istreambuf_iterator<char>(in), {});
    if (line.find("--base-url") != std::string::npos) return line;
    usleep(500);
  }
  return "";
}

TEST(ChatTool, TheKeyIsInOneHeaderAndNowhereElse) {
  const TestFolder folder;
  setenv("OPENAI_API_KEY", kKey, 1);
  TestServer server([](const TestRequest& r) {
    if (r.number == 2) return TestReply{401, std::string("wrong: ") + kKey, "text/plain", {}, {}};
    return streamed_answer(std::string("your key is ") + kKey);
  });
  const Typed typed("hello\nagain\nonce more\n");
  std::string arguments;
  const ToolOutput run =
      run_mueca({"chat", "--base-url", server.url() + "/v1", "--model", "m", "--log", folder / "log"},
                [&](int pid) { arguments = arguments_of(pid); });
  unsetenv("OPENAI_API_KEY");
  EXPECT_EQ(run.code, 1) << run.err;
  EXPECT_NE(arguments, "");
  EXPECT_NE(run.err.find("refused the key"), std::string::npos) << run.err;
  EXPECT_NE(run.out.find("your key is [key]"), std::string::npos) << run.out;
  const std::string log = read_file(folder / "log", 1 << 20);
  EXPECT_NE(log.find("[key]"), std::string::npos);
  for (const std::string& text : {run.out, run.err, log, arguments})
    EXPECT_EQ(text.find(kKey), std::string::npos) << text;
  for (const TestRequest& request : server.received()) EXPECT_EQ(request.body.find(kKey), std::string::npos);
  struct stat about {};
  ASSERT_EQ(stat((folder / "log").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
}

TEST(ChatTool, OfflineIsTheDefaultAndRepeatsItself) {
  std::string first;
  for (int i = 0; i < 2; ++i) {
    const Typed typed("Hello, my name is Ana\nI feel sad because my boss shouted at me\n/mood\n");
    const ToolOutput run = run_mueca({"chat", "--seed", "3", "--emotion", "sad"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_NE(run.out.find("[offline]"), std::string::npos);
    EXPECT_NE(run.out.find("Ana"), std::string::npos);
    if (i == 0) first = run.out;
    EXPECT_EQ(run.out, first);
  }
}

TEST(ChatTool, AServerSeesWhatAClipShows) {
  const std::string clip = MUECA_SHARED "/photos/single_face.mp4";
  if (!std::filesystem::exists(clip)) GTEST_SKIP() << "skipped: no " << clip;
  TestServer server([](const TestRequest&) { return streamed_answer("ok"); });
  const Typed typed("one\ntwo\n");
  const ToolOutput run = run_mueca({"chat", "--base-url", server.url() + "/v1", "--model", "m", "--source", clip});
  EXPECT_EQ(run.code, 0) << run.err;
  int notes = 0;
  for (const TestRequest& request : server.received())
    notes += request.body.find(R"(\n\n{\"apparent_expression\":\")") != std::string::npos;
  EXPECT_EQ(server.received().size(), 2u);
  EXPECT_GT(notes, 0);
}

TEST(ChatTool, SaysHowToGoOnWithoutAServer) {
  std::string url;
  {
    url = TestServer([](const TestRequest&) { return TestReply{}; }).url();
  }
  const Typed typed("hello\n");
  const ToolOutput run = run_mueca({"chat", "--base-url", url, "--model", "m"});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find(url), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("--provider offline"), std::string::npos) << run.err;
  EXPECT_EQ(run_mueca({"chat", "--provider", "nobody"}).code, 2);
  EXPECT_EQ(run_mueca({"chat", "--emotion", "silly"}).code, 2);
}

}  // namespace
}  // namespace mueca
