// mueca video, mueca webcam: all faces of a film, a camera or a stream, tracked, with their expressions.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "apps/command.h"
#include "apps/interrupt.h"
#include "apps/terminal.h"
#include "apps/vision/consent.h"
#include "apps/vision/video_loop.h"
#include "apps/vision/vision_flags.h"

namespace mueca {
namespace {

constexpr char kWithoutScreen[] =
    "add --headless with --out film.avi, --csv faces.csv, --events events.jsonl or --timeline STEM";

struct VideoFlags {
  std::string source, script, frame;
  std::string compound;  // a head's file, or kCompoundRule; empty: not asked for
  PipelineFlags pipeline;
  StreamRule stream;
  VideoTargets targets;
  VideoRules rules;
  bool headless = false, quiet = false, yes = false, stages = false;
  std::string pictures = ".";
};

// Of each stage the milliseconds per frame, by the clock and of the processor, and its share of the latter.
Table stage_table(const StageClock& stages, std::int64_t frames) {
  Table table{"", {{"stage", false}, {"ms per frame"}, {"least"}, {"processor"}, {"share %"}}, {}, {}};
  double total = 0, wall = 0;
  for (const auto& sum : stages.sums) total += sum.processor, wall += sum.seconds;
  const auto each = [&](double seconds) { return fixed(1000 * seconds / static_cast<double>(frames), 2); };
  for (std::size_t i = 0; i < kStageNames.size(); ++i)
    if (const auto& sum = stages.sums[i]; sum.times > 0)
      table.add({kStageNames[i], each(sum.seconds), fixed(1000 * sum.least, 2), each(sum.processor),
                 percent(sum.processor / total, 0)});
  table.add({"all", each(wall), "", each(total), "100"});
  return table;
}

void report(const VideoFlags& flags, const VideoFiles& files, const VideoTotals& totals, const StageClock& stages) {
  if (!files.history().empty()) std::cout << terminal_table(files.history().table(), wants_color(1));
  std::cout << flags.source << ": " << files.frames << " frames, " << files.frames_with_faces << " with a face, "
            << files.history().table().rows.size() << " tracks\n";
  if (flags.quiet || files.frames == 0) return;
  std::cerr << fixed(static_cast<double>(files.frames) / totals.seconds, 1) << " frames per second, latency "
            << fixed(totals.latency_ms, 1) << " ms, " << totals.dropped << " frames dropped\n";
  if (flags.stages) std::cerr << terminal_table(stage_table(stages, files.frames), wants_color(2));
}

// "640x480"; empty: frames as they come.
cv::Size size_of(const std::string& text) {
  int width = 0, height = 0, used = 0;
  if (text.empty()) return {};
  const bool read = std::sscanf(text.c_str(), "%5dx%5d%n", &width, &height, &used) == 2;
  if (!read || used != static_cast<int>(text.size()) || width < 16 || height < 16 || width > 8192 || height > 8192)
    throw UsageError(str("--frame: \"", text, "\": expected WIDTHxHEIGHT, 16 to 8192 pixels each, as in 640x480"));
  return {width, height};
}

int run(VideoFlags flags) {
  flags.rules.frame = size_of(flags.frame);
  const KeyScript script(flags.script);
  choose_compute(flags.pipeline.compute);
  set_threads(flags.pipeline.threads);
  const bool camera = names_camera(flags.source);
  ask_consent(flags.source, flags.yes,
              flags.targets.film.empty() && flags.targets.table.empty() && flags.targets.events.empty()
                  ? "nothing is stored unless you press s or r."
                  : "stored are the files that you asked for.");
  // The window before any thread: a child process tries it first.
  const auto display = flags.headless ? nullptr : open_window("mueca: " + flags.source, kWithoutScreen);
  const auto source = open_source(flags.source);
  FacePipeline pipeline(flags.pipeline.detector, flags.pipeline.checkpoint_file(), flags.pipeline.model,
                        compute_device());
  flags.stream.smallest = flags.pipeline.detector.smallest;
  check(!flags.rules.explain || pipeline.recognizer->network(), "--explain: ", pipeline.recognizer->name,
        " is not a network");
  std::optional<CompoundNamer> namer;
  flags.targets.compound = !flags.compound.empty();
  if (flags.targets.compound) namer.emplace(*pipeline.recognizer, flags.compound);
  flags.rules.compound = namer ? &*namer : nullptr;
  if (namer && !flags.quiet) std::cerr << namer->note() << "\n";
  FaceStream stream(pipeline, flags.stream);
  VideoFiles files(flags.targets, *source, *pipeline.recognizer);
  flags.rules.realtime = flags.rules.realtime || source->live || display;
  flags.rules.figures = flags.rules.realtime;
  flags.rules.detector = flags.pipeline.detector;
  flags.rules.shots = flags.pictures;
  const InterruptGuard guard;
  if (display && !flags.quiet) std::cerr << key_table(kVideoKeys) << "\n";
  const VideoTotals totals =
      run_video(*source, pipeline, stream, display.get(), script, files, flags.rules, interrupt_requested());
  files.finish(totals.dropped);
  report(flags, files, totals, stream.stages);
  check(totals.problem.empty(), totals.problem);
  return interrupt_requested() && !camera ? kExitInterrupted : kExitOk;
}

void add_flags(CLI::App& app, VideoFlags& f) {
  f.pipeline.detector.smallest = 0.1f;
  add_pipeline_flags(app, f.pipeline);
  app.add_option("--every", f.stream.every, "Look for faces in each n-th frame, follow them between")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--confirm", f.stream.track.confirm, "Detections in a row until a face counts")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--smoothing", f.stream.smoothing.alpha, "Weight of the newest frame in the average; 1: none")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  app.add_option("--min-confidence", f.stream.smoothing.threshold,
                 "Below it a label is uncertain; default: what the network was calibrated to")
      ->check(CLI::Range(0.0, 1.0));
  app.add_flag("--headless", f.headless, "Without a window; of a file every frame is processed");
  app.add_flag("--realtime", f.rules.realtime, "A file's frames have their time: late ones are dropped");
  app.add_option("-o,--out", f.targets.film, "Annotated film to write (.avi)");
  app.add_option("--csv", f.targets.table, "Table to write: a row per face and frame");
  app.add_option("--events", f.targets.events, "Events to write as JSON lines: faces come, change, go");
  app.add_option("--timeline", f.targets.timeline, "Picture of the labels per track: STEM.svg and STEM.png");
  app.add_option("--max-frames", f.rules.max_frames, "Stop after so many frames")->check(CLI::NonNegativeNumber);
  app.add_option("--pictures", f.pictures, "Folder for screenshots and recordings (keys s and r)")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--frame", f.frame, "Scale and pad every frame to this size first, e.g. 640x480");
  app.add_flag("--mirror,!--no-mirror", f.rules.mirror, "As in a mirror");
  app.add_flag("--bars,!--no-bars", f.rules.bars, "Bars of the probabilities beside each face (on)");
  app.add_flag("--privacy", f.rules.privacy, "Blur every face");
  app.add_flag("--emoji", f.rules.emoji, "A drawn face over every face");
  app.add_flag("--explain", f.rules.explain, "Beside each face where the network saw what it says (Grad-CAM)");
  app.add_flag(str("--compound{", kCompoundRule, "}"), f.compound,
               "Also name compound emotions, derived by a rule; --compound=FILE: by a head of mueca compound train");
  app.add_option("--script", f.script, "Keys to press: \"frame:30=space,60=q\"");
  app.add_flag("--stages", f.stages, "Says at the end where the time went");
  app.add_flag("-q,--quiet", f.quiet, "Only results and errors");
  app.footer("Keys: " + key_table(kVideoKeys));
}

}  // namespace

Action declare_video(CLI::App& app) {
  auto f = std::make_shared<VideoFlags>();
  app.add_option("file,--source", f->source,
                 "Video file, picture, folder of pictures, stream URL, camera, or \"drawn\"")
      ->required();
  add_flags(app, *f);
  app.add_flag("--yes", f->yes, "Agree in advance to what is said before a camera opens");
  return [f] { return run(*f); };
}

Action declare_webcam(CLI::App& app) {
  auto f = std::make_shared<VideoFlags>();
  f->source = "0";
  f->rules.mirror = true;
  app.add_option("--source", f->source, "Camera (0, /dev/video2), video file, folder or stream URL")
      ->capture_default_str();
  add_flags(app, *f);
  app.add_flag("--yes", f->yes, "Agree in advance to what is said before a camera opens");
  return [f] { return run(*f); };
}

}  // namespace mueca
