#include "apps/faces/recognizer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <optional>

#include "apps/faces/predict.h"
#include "apps/faces/svm.h"
#include "apps/faces/svm_recognizer.h"
#include "core/files/share.h"
#include "data/pack.h"
#include "nn/checkpoint.h"

namespace mueca {
namespace {

class Network : public Recognizer {
 public:
  Network(const std::string& file, const std::string& expected, Device device) {
    const CheckpointNotes notes = read_checkpoint_notes(file);
    check(expected.empty() || expected == notes.model.name, file, ": holds the model ", notes.model.name, ", not ",
          expected);
    model_ = load_model(file, device);
    name = notes.model.name;
    classes = notes.class_names.empty() ? emotion_names() : notes.class_names;
    check(static_cast<int>(classes.size()) == model_->config.classes, file, ": ", model_->config.classes,
          " classes, but ", classes.size(), " names");
    calibration = model_->calibration;
    // The whole frame, of which views_of() takes the part that the network was trained on, without resampling it.
    crop_size = static_cast<int>(std::lround(static_cast<float>(model_->input.size) / model_->input.crop));
    form_.emplace(*model_);
  }

  Tensor logits(const Tensor& faces, Tensor memory) override {
    std::vector<Index> rows(static_cast<std::size_t>(faces.extent(0)));
    std::iota(rows.begin(), rows.end(), Index{0});
    const ImageSize size{static_cast<int>(faces.extent(1)), static_cast<int>(faces.extent(2))};
    return predict_logits(*form_, faces, rows, views_of(*model_, size, EvaluationViews::center), 64, nullptr,
                          memory_size() > 0 ? memory : Tensor());
  }
  Index memory_size() const override { return model_->memory_size(); }

  Model* network() override { return model_.get(); }

 private:
  std::unique_ptr<Model> model_;
  std::optional<InferenceForm> form_;  // what answers; network() stays as it was loaded
};

}  // namespace

Tensor faces_tensor(std::span<const cv::Mat> crops, int size) {
  const Index side = size, n = static_cast<Index>(crops.size());
  const Tensor faces(Shape{n, side, side}, DType::u8);
  for (Index i = 0; i < n; ++i) {
    const cv::Mat& crop = crops[static_cast<std::size_t>(i)];
    check(crop.type() == CV_8UC1 && crop.rows == side && crop.cols == side, "recognise: a crop must be gray ", side,
          " x ", side, ", got ", crop.cols, " x ", crop.rows);
    crop.copyTo(cv::Mat(crop.rows, crop.cols, CV_8UC1, faces.data<std::uint8_t>() + i * side * side));
  }
  return faces;
}

std::vector<Expression> Recognizer::recognise(std::span<const cv::Mat> crops, Tensor memory) {
  std::vector<Expression> answers;
  if (crops.empty()) return answers;
  const Tensor faces = faces_tensor(crops, crop_size);
  const Tensor values = logits(faces, memory);
  const auto width = static_cast<std::size_t>(values.extent(1));
  for (std::size_t i = 0; i < crops.size(); ++i)
    answers.push_back(expression_of(values.span().subspan(i * width, width), calibration));
  return answers;
}

Expression expression_of(std::span<const float> logits, const Calibration& calibration) {
  Expression answer;
  const float largest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (const float x : logits) {
    answer.probability.push_back(std::exp((x - largest) / calibration.temperature));
    sum += answer.probability.back();
  }
  for (float& p : answer.probability) p /= sum;
  const auto best = std::max_element(answer.probability.begin(), answer.probability.end());
  answer.label = static_cast<int>(best - answer.probability.begin());
  answer.uncertain = *best < calibration.threshold;
  return answer;
}

std::unique_ptr<Recognizer> open_recognizer(const std::string& file, const std::string& model, Device device) {
  if (is_svm_file(file)) return open_svm(file, model);
  return std::make_unique<Network>(file, model, device);
}

std::string shipped_checkpoint() {
  const auto file = share_folder("weights") / "baseline_cnn_gap_fer2013.h5";
  check(std::filesystem::exists(file), file.string(), ": the network that ships is not there; give --checkpoint FILE");
  return file.string();
}

}  // namespace mueca
