// mueca predict: every face of every picture, and what it expresses.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <optional>

#include "apps/command.h"
#include "apps/compute.h"
#include "apps/faces/compound_namer.h"
#include "apps/faces/explain.h"
#include "apps/faces/overlay.h"
#include "apps/faces/picture.h"
#include "apps/faces/picture_list.h"
#include "apps/faces/pipeline.h"
#include "apps/interrupt.h"
#include "apps/terminal.h"
#include "apps/vision/face_report.h"
#include "core/files/atomic_file.h"
#include "core/parallel.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

constexpr char kBeside[] = "beside";  // --annotate or --explain without a folder
constexpr std::size_t kAtATime = 64;  // faces that the network is shown together, at least

struct PredictFlags {
  std::vector<std::string> words;
  std::string checkpoint, model, annotate, explain, layer, compound, json, csv;
  DetectorChoice detector{.name = "haar", .model = {}, .smallest = 0.06f, .thorough = true};
  bool whole = false, quick = false, quiet = false;
  double min_confidence = -1;
  int threads = 0;
  ComputeFlags compute;
};

// Prints a file's problem when it comes up; the other files go on.
void fail(PictureReport& picture, const std::string& sentence) {
  picture.error = sentence;
  std::cerr << "mueca: " << printable(sentence) << "\n";
}

// What OpenCV says, without the place in its sources.
std::string sentence_of(const std::exception& error) {
  const auto* of_opencv = dynamic_cast<const cv::Exception*>(&error);
  return of_opencv ? of_opencv->err : error.what();
}

// Encodes and writes a picture made of `of` beside it or into the folder that the flag names; returns its path.
std::string write_copy(const cv::Mat& picture, const std::string& of, const std::string& flag, const char* kind) {
  const fs::path path = copy_path(of, flag == kBeside ? "" : flag, kind);
  std::vector<std::uint8_t> bytes;
  check(cv::imencode(path.extension().string(), picture, bytes, {cv::IMWRITE_JPEG_QUALITY, 95}), path.string(),
        ": cannot be encoded");
  write_file_atomically(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return path.string();
}

cv::Mat annotated(const PictureReport& picture, const std::vector<std::string>& classes) {
  cv::Mat drawn = read_picture(picture.file);
  for (std::size_t i = 0; i < picture.faces.size(); ++i) {
    const SeenFace& face = picture.faces[i];
    const Expression& e = face.expression;
    const auto label = static_cast<std::size_t>(e.label);
    draw_face_mark(drawn, {face.where.box, e.uncertain ? "" : classes[label],
                           face_caption(classes[label], e.probability[label], e.uncertain),
                           picture.compound.empty() ? "" : compound_caption(picture.compound[i])});
    if (picture.faces.size() == 1) draw_bars(drawn, face.where.box, classes, e.probability);
  }
  return drawn;
}

// Grad-CAM of each face, one row below the other.
cv::Mat explained(Recognizer& recognizer, std::span<const cv::Mat> crops, const std::string& layer) {
  std::vector<cv::Mat> rows;
  for (const cv::Mat& crop : crops) rows.push_back(explain(recognizer, crop, layer));
  cv::Mat sheet;
  cv::vconcat(rows, sheet);
  return sheet;
}

class Prediction {
 public:
  explicit Prediction(const PredictFlags& flags)
      : flags_(flags),
        pipeline_(flags.detector, flags.checkpoint.empty() ? shipped_checkpoint() : flags.checkpoint, flags.model,
                  compute_device()) {
    Recognizer& recognizer = *pipeline_.recognizer;
    if (flags.min_confidence >= 0) recognizer.calibration.threshold = static_cast<float>(flags.min_confidence);
    report.model = recognizer.name;
    report.detector = flags.detector.name;
    report.classes = recognizer.classes;
    report.calibration = recognizer.calibration;
    if (flags.compound.empty()) return;
    namer_.emplace(recognizer, flags.compound);
    report.compound_note = namer_->note();
  }

  void look_at(const fs::path& file) {
    PictureReport& picture = report.pictures.emplace_back();
    picture.file = file.string();
    try {
      const cv::Mat pixels = read_picture(file);
      for (const DetectedFace& face : pipeline_.detector->detect(pixels)) {
        crops_.push_back(face_crop(pixels, face, pipeline_.rule, pipeline_.recognizer->crop_size));
        picture.faces.push_back({face, {}});
      }
      picture.width = pixels.cols;
      picture.height = pixels.rows;
    } catch (const std::exception& error) {
      crops_.resize(crops_.size() - picture.faces.size());
      picture.faces.clear();
      fail(picture, sentence_of(error));
    }
    if (crops_.size() >= kAtATime) recognise();
  }

  // Gives the faces that were found since the last call their expressions, all in one batch, and writes the copies.
  void recognise() {
    const std::vector<Expression> expressions = pipeline_.recognizer->recognise(crops_);
    std::size_t next = 0;
    for (; done_ < report.pictures.size(); ++done_) {
      PictureReport& picture = report.pictures[done_];
      if (picture.faces.empty()) continue;
      const auto crops = std::span<const cv::Mat>(crops_).subspan(next, picture.faces.size());
      const auto answers = std::span<const Expression>(expressions).subspan(next, picture.faces.size());
      for (SeenFace& face : picture.faces) face.expression = expressions[next++];
      if (namer_) picture.compound = namer_->name(crops, answers);
      try {
        if (!flags_.annotate.empty())
          picture.annotated = write_copy(annotated(picture, report.classes), picture.file, flags_.annotate, "faces");
        if (!flags_.explain.empty())
          picture.explained = write_copy(explained(*pipeline_.recognizer, crops, flags_.layer), picture.file,
                                         flags_.explain, "explained");
      } catch (const std::exception& error) {
        fail(picture, sentence_of(error));
      }
    }
    crops_.clear();
  }

  FaceReport report;

 private:
  const PredictFlags& flags_;
  FacePipeline pipeline_;
  std::optional<CompoundNamer> namer_;
  std::vector<cv::Mat> crops_;  // of the pictures from done_ on
  std::size_t done_ = 0;
};

void write_report(const std::string& place, const std::string& text) {
  if (place == "-")
    std::cout << text;
  else if (!place.empty())
    write_file_atomically(place, text);
}

int run_predict(PredictFlags flags) {
  if (flags.json == "-" && flags.csv == "-") throw UsageError("--json - and --csv - both want standard output");
  if (flags.whole) flags.detector.name = "whole";
  flags.detector.thorough = !flags.quick;
  choose_compute(flags.compute);
  if (flags.threads > 0) {
    set_thread_count(flags.threads);
    cv::setNumThreads(flags.threads);
  }
  const PictureList list = list_pictures(flags.words);
  Prediction prediction(flags);
  const InterruptGuard guard;
  for (const auto& [word, sentence] : list.problems) {
    prediction.report.pictures.push_back({.file = word});
    fail(prediction.report.pictures.back(), sentence);
  }
  for (const fs::path& file : list.files) {
    if (interrupt_requested()) break;
    prediction.look_at(file);
  }
  prediction.recognise();

  const FaceReport& report = prediction.report;
  const bool to_stdout = flags.json == "-" || flags.csv == "-";
  if (!to_stdout && !flags.quiet) std::cout << terminal_table(report_table(report), wants_color(1));
  write_report(flags.json, report_json(report));
  write_report(flags.csv, report_csv(report));
  std::cout.flush();
  if (!flags.quiet) std::cerr << report_summary(report) << (interrupt_requested() ? ", interrupted" : "") << "\n";
  if (interrupt_requested()) return kExitInterrupted;
  return report.failed() > 0 ? kExitFailure : kExitOk;
}

}  // namespace

Action declare_predict(CLI::App& app) {
  auto flags = std::make_shared<PredictFlags>();
  app.add_option("pictures", flags->words, "Files, folders (with all below them) and patterns: JPEG, PNG, WebP, BMP")
      ->required();
  app.add_option("--checkpoint", flags->checkpoint,
                 "Network of a run (checkpoints/best.h5); default: the one that ships");
  app.add_option("--model", flags->model, "Fail unless the checkpoint holds this model, e.g. baseline_cnn");
  app.add_option("--detector", flags->detector.name, "haar, lbp, or yunet with --detector-model")
      ->check(CLI::IsMember({"haar", "lbp", "yunet"}))
      ->capture_default_str();
  app.add_option("--detector-model", flags->detector.model, "YuNet's ONNX file that fits this OpenCV");
  app.add_option("--smallest", flags->detector.smallest, "Side of the smallest face, as a share of the shorter side")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  app.add_flag("--quick", flags->quick, "One pass for upright faces, as for video: faster, misses leaning heads");
  app.add_flag("--whole-image", flags->whole, "Each picture is one face, cut out already");
  app.add_option("--min-confidence", flags->min_confidence,
                 "Below this probability the answer is \"uncertain\"; default: the network's calibrated threshold")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--json", flags->json, "Write JSON to this file; - for standard output");
  app.add_option("--csv", flags->csv, "Write CSV to this file; - for standard output");
  app.add_flag(str("--annotate{", kBeside, "}"), flags->annotate,
               "Write name.faces.jpg or .png beside each picture that has faces; --annotate=DIR: into that folder; "
               "nothing is overwritten");
  app.add_flag(str("--explain{", kBeside, "}"), flags->explain,
               "Likewise name.explained.jpg or .png: each face, and where Grad-CAM saw its class");
  app.add_option("--layer", flags->layer,
                 "Layer that --explain looks at; a wrong name lists the known ones (the last map)");
  app.add_flag(str("--compound{", kCompoundRule, "}"), flags->compound,
               "Also name compound emotions, derived by a rule; --compound=FILE: by a head of mueca compound train");
  app.add_option("--threads", flags->threads, "0: all cores")->check(CLI::Range(0, 4096));
  add_compute_flags(app, flags->compute);
  app.add_flag("--quiet", flags->quiet, "No table and no summary");
  return [flags] { return run_predict(*flags); };
}

}  // namespace mueca
