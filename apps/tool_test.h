// For end-to-end tests: starts the built tool as a user would and collects what it said.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/pack.h"

namespace mueca {

struct ToolOutput {
  int code = -1;  // exit code, or 128 + signal
  std::string out, err;
};

// `while_running` is called once with the process id, if given.
ToolOutput run_mueca(const std::vector<std::string>& arguments, const std::function<void(int pid)>& while_running = {});

// A folder of this test's own, removed at the end.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Two classes of 16 x 16 pixels that a network tells apart in a step or two; splits training, public_test,
// private_test with `rows` images each.
Pack easy_pack(Index rows);

}  // namespace mueca
