#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "apps/tool_test.h"
#include "core/error.h"
#include "core/random.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

std::string text_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

}  // namespace

ToolOutput run_mueca(const std::vector<std::string>& arguments, const std::function<void(int pid)>& while_running) {
  const TestFolder folder;
  const std::string out = folder / "out", err = folder / "err";
  const pid_t pid = fork();
  check(pid >= 0, "fork failed");
  if (pid == 0) {
    std::vector<char*> argv{const_cast<char*>("mueca")};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    execv(MUECA_TOOL, argv.data());
    _exit(127);
  }
  if (while_running) while_running(pid);
  int status = 0;
  waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text_of(out), text_of(err)};
}

TestFolder::TestFolder() {
  static int number = 0;
  path_ = fs::temp_directory_path() / str("mueca_tool_", getpid(), "_", number++);
  fs::remove_all(path_);
  fs::create_directories(path_);
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Pack easy_pack(Index rows) {
  Pack pack = make_pack(3 * rows, 16, 16);
  pack.class_names = {"dark", "bright"};
  pack.split_names = {"training", "public_test", "private_test"};
  pack.source_names = {"test"};
  Random random({3, RandomStream::test});
  for (Index i = 0; i < pack.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    pack.label[at] = static_cast<std::int32_t>(i % 2);
    pack.split[at] = static_cast<std::uint8_t>(i / rows);
    pack.row[at] = static_cast<std::uint32_t>(i);
    for (auto& pixel : pack.image(i)) pixel = static_cast<std::uint8_t>(random.below(100) + (i % 2 ? 150 : 0));
  }
  return pack;
}

}  // namespace mueca
