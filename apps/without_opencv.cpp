// The commands that look at pictures, in a build without OpenCV: there, and saying what is missing.
#include <CLI/CLI.hpp>

#include "apps/chat_expression.h"
#include "apps/vision/commands.h"

namespace mueca {
namespace {

constexpr const char* kMissing = "this build has no OpenCV: apt install libopencv-dev, then configure again";

// Takes any words, so that the answer is the missing library and not an unknown flag.
Action missing(CLI::App& app) {
  app.allow_extras();
  return []() -> int { throw Error(kMissing); };
}

}  // namespace

Action declare_predict(CLI::App& app) { return missing(app); }
Action declare_video(CLI::App& app) { return missing(app); }
Action declare_webcam(CLI::App& app) { return missing(app); }
Action declare_capture(CLI::App& app) { return missing(app); }
Action declare_compound(CLI::App& app) { return missing(app); }

// A conversation needs no camera, only its --source does.
std::unique_ptr<ExpressionSource> open_expression_source(const std::string&) { throw Error(kMissing); }
bool source_is_camera(const std::string&) { return false; }

}  // namespace mueca
