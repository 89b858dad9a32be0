// The commands that look at pictures, in a build without OpenCV: there, and saying what is missing.
#include <CLI/CLI.hpp>

#include "apps/chat_expression.h"
#include "apps/command.h"
#include "apps/faces/classic_features.h"
#include "apps/svm_run.h"

namespace mueca {
namespace {

[[noreturn]] void complain() {
  throw Error("this build has no OpenCV: apt install libopencv-dev, then configure again");
}

// Takes any words, so that the answer is the missing library and not an unknown flag.
Action missing(CLI::App& app) {
  app.allow_extras();
  return []() -> int { complain(); };
}

}  // namespace

Action declare_predict(CLI::App& app) { return missing(app); }
Action declare_video(CLI::App& app) { return missing(app); }
Action declare_webcam(CLI::App& app) { return missing(app); }
Action declare_capture(CLI::App& app) { return missing(app); }
Action declare_compound(CLI::App& app) { return missing(app); }

// A conversation needs no camera, only its --source does.
std::unique_ptr<ExpressionSource> open_expression_source(const std::string&) { complain(); }
bool source_is_camera(const std::string&) { return false; }

// A network can be trained and scored; only the support vector machine cannot.
RunResults train_svm_run(const RunPlan&, const Pack&, RunDirectory&) { complain(); }
bool holds_svm(const std::string&) { return false; }
Tensor svm_logits(const std::string&, const Pack&, std::span<const Index>, std::string&) { complain(); }

// Pixels and layers have a map, only hog does not.
Tensor classic_features(const Tensor&, const std::string&) { complain(); }

}  // namespace mueca
