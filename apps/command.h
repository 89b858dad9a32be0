// Commands of the tool. Each lives in one file cmd_<name>.cpp and has one line in main.cpp's table.
#pragma once
#include <functional>
#include <span>

#include "core/error.h"

namespace CLI {
class App;
}

namespace mueca {

enum ExitCode : int { kExitOk = 0, kExitFailure = 1, kExitUsage = 2, kExitInterrupted = 130 };

// The command line itself is wrong: exit code 2, where any other Error gives 1.
struct UsageError : Error {
  using Error::Error;
};

// Does the work of a parsed command line; returns its exit code or throws Error.
using Action = std::function<int()>;

// `declare` adds flags to the sub-command (the values live in what its Action captures) and must not do any work.
struct Command {
  const char* name;
  const char* summary;  // one line of `mueca --help`
  Action (*declare)(CLI::App& app);
};

// Adds each command below `app` and requires exactly one of them: also for groups such as `data import`.
Action declare_group(CLI::App& app, std::span<const Command> commands);

// The whole tool: parses, runs, turns every error into `mueca: <sentence>` on stderr and an exit code.
int run_tool(int argc, const char* const* argv, std::span<const Command> commands);

// As it could be typed again: for a run's cmdline.txt.
const std::string& command_line();

Action declare_study(CLI::App& app);      // cmd_study.cpp
Action declare_export(CLI::App& app);     // cmd_export.cpp
Action declare_doctor(CLI::App& app);     // cmd_doctor.cpp
Action declare_data(CLI::App& app);       // cmd_data.cpp
Action declare_train(CLI::App& app);      // cmd_train.cpp
Action declare_evaluate(CLI::App& app);   // cmd_evaluate.cpp
Action declare_calibrate(CLI::App& app);  // cmd_calibrate.cpp
Action declare_chat(CLI::App& app);       // cmd_chat.cpp
Action declare_features(CLI::App& app);   // cmd_features.cpp
Action declare_predict(CLI::App& app);    // vision/cmd_predict.cpp
Action declare_video(CLI::App& app);      // vision/cmd_video.cpp
Action declare_webcam(CLI::App& app);     // vision/cmd_video.cpp
Action declare_capture(CLI::App& app);    // vision/cmd_capture.cpp
Action declare_compound(CLI::App& app);   // vision/cmd_compound.cpp

}  // namespace mueca
