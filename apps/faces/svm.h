// Support vector machines on hand-made features, one against the rest: the classic baseline, in a file that is safe to
// read.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "nn/model.h"

namespace mueca {

struct SvmConfig {
  std::string features = "hog";   // hog, lbp: see classic_features.h
  std::string kernel = "linear";  // linear: x.v; rbf: exp(-gamma |x - v|^2)
  float c = 1;                    // price of a violation
  float gamma = 0.05f;            // rbf
};

template <class F>
void visit_fields(SvmConfig& c, F&& f) {
  f("features", c.features), f("kernel", c.kernel), f("c", c.c), f("gamma", c.gamma);
}

struct Svm {
  SvmConfig config;
  std::vector<std::string> classes;  // [K]
  Tensor vectors;                    // [M, D]; linear: one per class
  Tensor coefficients, bias;         // [K, M], [K]
  Calibration calibration;
};

// Decision values [N, K] = coefficients kernel(vectors, x) + bias of features [N, D], summed in double; the largest is
// the answer.
Tensor svm_decisions(const Svm& svm, const Tensor& features);

// features [N, D], labels N of [0, K). linear: squared hinge (Tang 2013) on all rows at once by Adam, since the time
// that cv::ml::SVM needs grows with N^2; rbf: cv::ml::SVM's C_SVC per class. No randomness. Throws Error on values out
// of range.
Svm train_svm(const SvmConfig& config, const std::vector<std::string>& classes, const Tensor& features,
              std::span<const std::int32_t> labels);

void save_svm(const std::filesystem::path& path, const Svm& svm);  // atomic; equal machines give equal bytes
Svm load_svm(const std::filesystem::path& path);                   // throws Error naming file and place
bool is_svm_file(const std::filesystem::path& path);  // as far as its first attribute; false when not there

}  // namespace mueca
