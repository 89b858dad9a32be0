#include "apps/faces/compound_head.h"

#include <algorithm>
#include <cmath>

#include "apps/faces/predict.h"
#include "core/autograd.h"
#include "core/files/atomic_file.h"
#include "core/files/hdf5.h"
#include "core/files/sha256.h"
#include "core/ops.h"
#include "nn/features.h"
#include "nn/layers.h"
#include "nn/optimizer.h"

namespace mueca {
namespace {

constexpr const char* kFormat = "mueca compound head";
constexpr Index kMostFeatures = 1 << 16, kMostClasses = 1000;
constexpr std::size_t kBatch = 64;

// Mean and 1 / deviation of each feature; one that never moves is left alone.
void standardise(const Tensor& features, CompoundHead& head) {
  const Index n = features.extent(0), width = features.extent(1);
  head.mean = Tensor::full({width}, 0), head.scale = Tensor::full({width}, 1);
  for (Index k = 0; k < width; ++k) {
    double sum = 0, square = 0;
    for (Index i = 0; i < n; ++i) sum += features.data()[i * width + k];
    const double mean = sum / static_cast<double>(n);
    for (Index i = 0; i < n; ++i) square += std::pow(features.data()[i * width + k] - mean, 2);
    const double deviation = std::sqrt(square / static_cast<double>(n));
    head.mean.data()[k] = static_cast<float>(mean);
    if (deviation > 1e-6) head.scale.data()[k] = static_cast<float>(1 / deviation);
  }
}

Tensor standardised(const CompoundHead& head, const Tensor& features) {
  const Index width = head.mean.size();
  check(features.shape().rank() == 2 && features.extent(1) == width, "compound head: features must be [N, ", width,
        "], got ", features.shape());
  Tensor out = features.clone();
  for (Index i = 0; i < out.size(); ++i)
    out.data()[i] = (out.data()[i] - head.mean.data()[i % width]) * head.scale.data()[i % width];
  return out;
}

}  // namespace

std::string network_digest(const Model& model) {
  std::string config;
  for (const auto& [key, text] : to_pairs(model.config)) config += str(key, "=", text, "\n");
  Sha256 hash;
  hash.update(config);
  const std::vector<float> values = model.parameters.flat().to_vector();
  hash.update(std::as_bytes(std::span(values)));
  return hash.hex();
}

Tensor compound_features(Model& model, const Tensor& images, std::span<const Index> rows, const std::string& layer) {
  const ImageSize size{static_cast<int>(images.extent(1)), static_cast<int>(images.extent(2))};
  const AugmentView view = views_of(model, size, EvaluationViews::center).front();
  std::vector<float> values;
  for (std::size_t begin = 0; begin < rows.size(); begin += kBatch) {
    const auto part = rows.subspan(begin, std::min(kBatch, rows.size() - begin));
    const auto numbers = pooled_features(model, load_view(images, part, view, format_of(model)), layer).to_vector();
    values.insert(values.end(), numbers.begin(), numbers.end());
  }
  const auto n = static_cast<Index>(rows.size());
  return Tensor::from({n, n > 0 ? static_cast<Index>(values.size()) / n : 0}, values);
}

CompoundHead train_compound_head(Model& model, const Pack& pack, std::span<const Index> rows,
                                 const CompoundRecipe& recipe) {
  check(!rows.empty(), "compound head: no rows to learn from");
  CompoundHead head;
  head.classes = pack.class_names;
  head.network = network_digest(model);
  const Tensor features = compound_features(model, pack.images, rows, head.layer);
  standardise(features, head);
  const Tensor x = standardised(head, features);
  std::vector<std::int32_t> labels;
  for (const Index row : rows) labels.push_back(pack.label[static_cast<std::size_t>(row)]);
  const auto classes = static_cast<Index>(head.classes.size());
  const Tensor targets = one_hot(Tensor::from<std::int32_t>({x.extent(0)}, labels), classes);

  // From zero: the problem is convex, there is no symmetry to break.
  ParameterSet parameters;
  Parameter* kernel = parameters.add("kernel", Tensor::full({x.extent(1), classes}, 0), true, true);
  Parameter* bias = parameters.add("bias", Tensor::full({classes}, 0), true, false);
  parameters.flatten();
  OptimizerConfig config;
  config.weight_decay = recipe.weight_decay;
  Optimizer optimizer(config, parameters);
  for (int step = 0; step < recipe.steps; ++step) {
    backward(softmax_cross_entropy(dense(x, kernel->value, bias->value), targets));
    const float left = 1 - static_cast<float>(step) / static_cast<float>(recipe.steps);
    optimizer.step(recipe.lr * left, parameters.gather_gradients());
  }
  head.kernel = kernel->value.detached().clone(), head.bias = bias->value.detached().clone();
  return head;
}

Tensor compound_probabilities(const CompoundHead& head, const Tensor& features) {
  const NoGrad no_grad;
  return softmax(dense(standardised(head, features), head.kernel, head.bias));
}

void save_compound_head(const std::filesystem::path& path, const CompoundHead& head) {
  AtomicFile target(path);
  auto file = Hdf5File::create(target.temporary());
  file.write_text("/", "format", kFormat);
  file.write_text("/", "network_sha256", head.network);
  file.write_text("/", "layer", head.layer);
  file.write_texts("/", "class_names", head.classes);
  for (const auto& [name, tensor] : {std::pair<const char*, const Tensor&>{"mean", head.mean},
                                     {"scale", head.scale},
                                     {"kernel", head.kernel},
                                     {"bias", head.bias}})
    file.write<float>(name, tensor.shape(), tensor.to_vector());
  file.close();
  target.commit();
}

CompoundHead load_compound_head(const std::filesystem::path& path, const Model& model) {
  const auto file = Hdf5File::open_read(path);
  check(file.has_attribute("/", "format") && file.read_text("/", "format") == kFormat, file.path(),
        ": is not a compound head; 'mueca compound train' makes one");
  CompoundHead head;
  head.network = file.read_text("/", "network_sha256");
  check(head.network == network_digest(model), file.path(), ": was trained on the features of another network");
  head.layer = file.read_text("/", "layer");
  head.classes = file.read_texts("/", "class_names");
  const auto classes = static_cast<Index>(head.classes.size());
  const Shape kernel = file.shape_of("kernel");
  check(kernel.rank() == 2 && kernel[0] >= 1 && kernel[0] <= kMostFeatures && classes >= 2 && classes <= kMostClasses,
        file.path(), ": kernel: must be [K up to ", kMostFeatures, ", C of 2 to ", kMostClasses, "], got ", kernel);
  const auto read = [&](const char* name, const Shape& shape) {
    std::vector<float> values(static_cast<std::size_t>(shape.size()));
    file.read_finite_into(name, shape, values);
    return Tensor::from(shape, values);
  };
  head.kernel = read("kernel", {kernel[0], classes}), head.bias = read("bias", {classes});
  head.mean = read("mean", {kernel[0]}), head.scale = read("scale", {kernel[0]});
  return head;
}

}  // namespace mueca
