#include "apps/faces/svm_recognizer.h"

#include "apps/faces/classic_features.h"
#include "apps/faces/svm.h"

namespace mueca {
namespace {

class SvmRecognizer : public Recognizer {
 public:
  SvmRecognizer(const std::string& file, const std::string& expected) : svm_(load_svm(file)) {
    name = svm_.config.features + "_svm";
    check(expected.empty() || expected == name, file, ": holds the model ", name, ", not ", expected);
    classes = svm_.classes;
    calibration = svm_.calibration;
    crop_size = kClassicSize;
    const Index width =
        classic_features(Tensor({0, kClassicSize, kClassicSize}, DType::u8), svm_.config.features).extent(1);
    check(svm_.vectors.extent(1) == width, file, ": vectors: ", svm_.config.features, " features are ", width,
          " numbers, got ", svm_.vectors.extent(1));
  }

  Tensor logits(const Tensor& faces, Tensor) override {
    return svm_decisions(svm_, classic_features(faces, svm_.config.features));
  }

 private:
  Svm svm_;
};

}  // namespace

std::unique_ptr<Recognizer> open_svm(const std::string& file, const std::string& model) {
  return std::make_unique<SvmRecognizer>(file, model);
}

}  // namespace mueca
