// The file of an Svm: HDF5 behind the guard. cv::FileStorage's XML of strangers would be parsed without limits.
#include <algorithm>
#include <cmath>

#include "apps/faces/svm.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/files/hdf5.h"

namespace mueca {
namespace {

constexpr const char* kFormat = "mueca svm";
constexpr Index kMostVectors = 1 << 20, kMostFeatures = 1 << 16, kMostClasses = 1000;

Tensor read_tensor(const Hdf5File& file, const char* name, const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  file.read_finite_into(name, shape, values);
  return Tensor::from(shape, values);
}

}  // namespace

void save_svm(const std::filesystem::path& path, const Svm& svm) {
  AtomicFile target(path);
  auto file = Hdf5File::create(target.temporary());
  file.write_text("/", "format", kFormat);
  std::vector<std::string> config;
  for (const auto& [key, text] : to_pairs(svm.config)) config.push_back(key + "=" + text);
  file.write_texts("/", "svm", config);
  file.write_texts("/", "class_names", svm.classes);
  file.write_real("/", "temperature", svm.calibration.temperature);
  file.write_real("/", "threshold", svm.calibration.threshold);
  file.write_text("/", "calibrated_on", svm.calibration.split);
  file.write<float>("vectors", svm.vectors.shape(), svm.vectors.to_vector());
  file.write<float>("coefficients", svm.coefficients.shape(), svm.coefficients.to_vector());
  file.write<float>("bias", svm.bias.shape(), svm.bias.to_vector());
  file.close();
  target.commit();
}

Svm load_svm(const std::filesystem::path& path) {
  const auto file = Hdf5File::open_read(path);
  check(file.has_attribute("/", "format") && file.read_text("/", "format") == kFormat, file.path(),
        ": is not a support vector machine of mueca");
  Svm svm;
  Pairs pairs;
  for (const std::string& line : file.read_texts("/", "svm")) {
    const auto equals = line.find('=');
    check(equals != std::string::npos, file.path(), ": svm: expected key=value, got \"", line, "\"");
    pairs.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  try {
    svm.config = from_pairs<SvmConfig>(pairs);
  } catch (const Error& error) {
    throw Error(file.path() + ": svm: " + error.what());
  }
  const SvmConfig& c = svm.config;
  check((c.features == "hog" || c.features == "lbp") && (c.kernel == "linear" || c.kernel == "rbf") &&
            std::isfinite(c.gamma) && c.gamma > 0,
        file.path(), ": svm: unknown features, kernel or gamma");
  svm.classes = file.read_texts("/", "class_names");
  svm.calibration.temperature = static_cast<float>(file.read_real("/", "temperature"));
  svm.calibration.threshold = static_cast<float>(file.read_real("/", "threshold"));
  svm.calibration.split = file.read_text("/", "calibrated_on");
  check(std::isfinite(svm.calibration.temperature) && svm.calibration.temperature > 0 &&
            svm.calibration.threshold >= 0 && svm.calibration.threshold <= 1,
        file.path(), ": temperature or threshold out of range");
  const auto classes = static_cast<Index>(svm.classes.size());
  const Shape shape = file.shape_of("vectors");
  check(shape.rank() == 2 && shape[0] >= 1 && shape[0] <= kMostVectors && shape[1] >= 1 && shape[1] <= kMostFeatures &&
            classes >= 2 && classes <= kMostClasses,
        file.path(), ": vectors: must be [M up to ", kMostVectors, ", D up to ", kMostFeatures, "], got ", shape);
  svm.vectors = read_tensor(file, "vectors", shape);
  svm.coefficients = read_tensor(file, "coefficients", {classes, shape[0]});
  svm.bias = read_tensor(file, "bias", {classes});
  return svm;
}

bool is_svm_file(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) return false;
  const auto file = Hdf5File::open_read(path);
  return file.has_attribute("/", "format") && file.read_text("/", "format") == kFormat;
}

}  // namespace mueca
