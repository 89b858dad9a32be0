// A process of this executable whose lines are read as they come.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace mueca {

class ChildProcess {
 public:
  // Starts this executable with these arguments, in a process group of its own: Ctrl-C at the terminal reaches it only
  // through interrupt(). It is interrupted when this process dies. Throws Error when it cannot be started.
  explicit ChildProcess(const std::vector<std::string>& arguments);
  ~ChildProcess();  // kills it if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int descriptor() const { return output_; }  // of its stdout and stderr, for poll()
  std::vector<std::string> lines();           // whole ones that came since the last call; does not block
  std::optional<int> exit_code();             // once it has ended: its exit code, or 128 + signal; does not block
  void interrupt() const;

 private:
  int process_ = -1, output_ = -1;
  std::string rest_;  // of a line
  std::optional<int> code_;
};

}  // namespace mueca
