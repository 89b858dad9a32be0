#include "apps/command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "apps/build_info.h"

namespace mueca {
namespace {

std::string& typed_line() {
  static std::string line;
  return line;
}

int fail(int code, const std::string& sentence) {
  std::cout.flush();
  std::fprintf(stderr, "mueca: %s\n", sentence.c_str());
  return code;
}

// The sub-command that was parsed, down to the deepest: its help is what a wrong command line should point to.
std::string command_path(const CLI::App& app) {
  std::string path = "mueca";
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  return path;
}

std::string shell_quoted(int argc, const char* const* argv) {
  std::string out;
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain = !word.empty() && word.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789_-+=./,:@%") == std::string::npos;
    std::string quoted = "'";
    for (char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    out += (i ? " " : "") + (plain ? word : quoted + "'");
  }
  return out;
}

std::string version_text() {
  const BuildInfo build = build_info();
  return str("mueca ", build.version, " (", build.commit, ")\n", build.compiler, ", ", build.build_type, ", ",
             build.instructions, "; oneDNN ", build.onednn, ", HDF5 ", build.hdf5, ", OpenCV ",
             build.opencv.empty() ? "not built in" : build.opencv, ", CUDA ", build.cuda ? "built in" : "not built in");
}

}  // namespace

const std::string& command_line() { return typed_line(); }

Action declare_group(CLI::App& app, std::span<const Command> commands) {
  app.require_subcommand(1);
  std::vector<std::pair<CLI::App*, Action>> actions;
  for (const Command& command : commands) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    actions.emplace_back(sub, command.declare(*sub));
  }
  return [actions] {
    for (const auto& [sub, action] : actions)
      if (sub->parsed()) return action();
    throw UsageError("a command is missing");
  };
}

int run_tool(int argc, const char* const* argv, std::span<const Command> commands) {
  typed_line() = shell_quoted(argc, argv);
  CLI::App app("mueca: facial-expression recognition from scratch", "mueca");
  app.set_version_flag("--version", version_text());
  try {
    const Action action = declare_group(app, commands);
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& help_or_version) {
      return app.exit(help_or_version, std::cout, std::cerr);
    } catch (const CLI::RequiredError& error) {
      const auto words = app.remaining(true);
      const std::string what = words.empty() ? error.what() : "unknown command or argument \"" + words.front() + "\"";
      return fail(kExitUsage, what + "; see '" + command_path(app) + " --help'");
    } catch (const CLI::ParseError& error) {
      return fail(kExitUsage, error.what() + ("; see '" + command_path(app) + " --help'"));
    }
    const int code = action();
    std::cout.flush();
    return std::cout ? code : fail(kExitFailure, "standard output could not be written");
  } catch (const UsageError& error) {
    return fail(kExitUsage, error.what());
  } catch (const std::bad_alloc&) {
    return fail(kExitFailure, "out of memory: try a smaller --batch or less data");
  } catch (const std::exception& error) {  // Error, and what libraries throw (cv::Exception, std::filesystem_error)
    return fail(kExitFailure, error.what());
  } catch (...) {
    return fail(kExitFailure, "an unknown error");
  }
}

}  // namespace mueca
