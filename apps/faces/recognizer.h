// What a face expresses, by whatever model was loaded: a network's checkpoint or another classifier's file.
#pragma once
#include <memory>
#include <opencv2/core.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.h"
#include "nn/model.h"

namespace mueca {

struct Expression {
  std::vector<float> probability;  // [K], calibrated, sums to 1
  int label = 0;                   // the most probable class
  bool uncertain = false;          // its probability is below the calibrated threshold
};

class Recognizer {
 public:
  virtual ~Recognizer() = default;
  // u8 [N, S, S] gray faces -> logits [N, K]. `memory` [N, memory_size()] is what a sequence model remembers of each
  // face: zeros at first, updated here; models of still images have none and ignore it.
  virtual Tensor logits(const Tensor& faces, Tensor memory = {}) = 0;
  virtual Index memory_size() const { return 0; }
  virtual Model* network() { return nullptr; }  // for Grad-CAM and export; nullptr: not a network

  // One answer per gray S x S crop (face_crop), in batches.
  std::vector<Expression> recognise(std::span<const cv::Mat> crops, Tensor memory = {});

  std::string name;                  // of the model, for reports
  std::vector<std::string> classes;  // [K]
  Calibration calibration;
  int crop_size = 48;  // S
};

// Gray crops of size x size as u8 [N, size, size]; throws Error on another kind.
Tensor faces_tensor(std::span<const cv::Mat> crops, int size);

Expression expression_of(std::span<const float> logits, const Calibration& calibration);

// Reads what `file` says it is. `model` is what the caller expects ("" takes any). Throws Error naming the file.
std::unique_ptr<Recognizer> open_recognizer(const std::string& file, const std::string& model = "",
                                            Device device = Device::cpu);

// The network that ships with mueca; throws Error when it is not where it was built or installed.
std::string shipped_checkpoint();

}  // namespace mueca
