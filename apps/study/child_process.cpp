#include "apps/study/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace mueca {
namespace {

constexpr std::size_t kLongestLine = 4096;

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"mueca"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC) == 0, "a job cannot be started: ", std::strerror(errno));
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) {  // only what is safe between fork and exec
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }
  const std::string why = std::strerror(errno);
  ::close(ends[1]);
  output_ = ends[0];
  if (process_ < 0) {
    ::close(output_);
    throw Error("a job cannot be started: " + why);
  }
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
}

ChildProcess::~ChildProcess() {
  if (!code_) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(output_);
}

std::vector<std::string> ChildProcess::lines() {
  char bytes[4096];
  for (;;) {
    const ssize_t n = ::read(output_, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    rest_.append(bytes, static_cast<std::size_t>(n));
  }
  std::vector<std::string> out;
  for (;;) {
    auto end = rest_.find('\n');
    if (end == std::string::npos && rest_.size() < kLongestLine) break;
    end = std::min(end, kLongestLine);
    out.push_back(rest_.substr(0, end));
    rest_.erase(0, end + (end < rest_.size() && rest_[end] == '\n' ? 1 : 0));
  }
  return out;
}

std::optional<int> ChildProcess::exit_code() {
  int status = 0;
  if (!code_ && ::waitpid(process_, &status, WNOHANG) == process_)
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code_;
}

void ChildProcess::interrupt() const {
  if (!code_) ::kill(process_, SIGINT);
}

}  // namespace mueca
