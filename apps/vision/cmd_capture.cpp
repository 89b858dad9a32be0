// mueca capture: pictures of one's own face, labelled by key, as a set that `mueca data import` reads.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "apps/command.h"
#include "apps/interrupt.h"
#include "apps/vision/capture_loop.h"
#include "apps/vision/consent.h"
#include "apps/vision/vision_flags.h"

namespace mueca {
namespace {

struct CaptureFlags {
  std::string source = "0", out, script, consent;
  PipelineFlags pipeline;
  CaptureRules rules;
  bool headless = false, yes = false;
};

int run(CaptureFlags flags) {
  const KeyScript script(flags.script);
  choose_compute(flags.pipeline.compute);
  set_threads(flags.pipeline.threads);
  ask_consent(flags.source, flags.yes, "stored is, in " + flags.out + ", each face that you take a picture of.");
  const auto display =
      flags.headless ? nullptr : open_window("mueca capture", "add --headless with --script \"frame:30=space,60=q\"");
  const auto source = open_source(flags.source);
  FacePipeline pipeline(flags.pipeline.detector, flags.pipeline.checkpoint_file(), flags.pipeline.model,
                        compute_device());
  StreamRule rule;
  rule.every = 2;
  rule.smallest = flags.pipeline.detector.smallest;
  FaceStream stream(pipeline, rule);
  CaptureStore store(flags.out, pipeline.recognizer->classes);
  flags.rules.consent = flags.consent;
  const InterruptGuard guard;
  std::cerr << key_table(kCaptureKeys) << "\n";
  run_capture(*source, pipeline, stream, display.get(), script, store, flags.rules, interrupt_requested());
  int total = 0;
  for (std::size_t k = 0; k < store.counts().size(); ++k) {
    if (store.counts()[k] > 0) std::cout << pipeline.recognizer->classes[k] << " " << store.counts()[k] << "\n";
    total += store.counts()[k];
  }
  std::cout << flags.out << ": " << total << " pictures; mueca data import " << flags.out << " --out mine.h5\n";
  return kExitOk;
}

}  // namespace

Action declare_capture(CLI::App& app) {
  auto f = std::make_shared<CaptureFlags>();
  f->pipeline.detector.smallest = 0.2f;
  app.add_option("-o,--out", f->out, "Folder of the set: class/picture.png")->required();
  app.add_option("--consent", f->consent, "Id of the consent under which the pictures are taken; goes into their files")
      ->required();
  app.add_option("--source", f->source, "Camera, video file, folder or stream URL")->capture_default_str();
  add_pipeline_flags(app, f->pipeline);
  app.add_option("--size", f->rules.size, "Side of the saved square in pixels")
      ->check(CLI::Range(24, 1024))
      ->capture_default_str();
  app.add_option("--countdown", f->rules.countdown, "Seconds that the key c makes Space wait")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  app.add_option("--burst", f->rules.burst, "Pictures that the key t takes")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  app.add_flag("--mirror,!--no-mirror", f->rules.mirror, "As in a mirror (on)");
  app.add_option("--max-frames", f->rules.max_frames, "Stop after so many frames")->check(CLI::NonNegativeNumber);
  app.add_flag("--headless", f->headless, "Without a window");
  app.add_option("--script", f->script, "Keys to press: \"frame:30=space,60=q\"");
  app.add_flag("--yes", f->yes, "Agree in advance to what is said before a camera opens");
  app.footer("Keys: " + key_table(kCaptureKeys));
  return [f] { return run(*f); };
}

}  // namespace mueca
