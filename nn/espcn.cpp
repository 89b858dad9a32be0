#include "nn/espcn.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

namespace mueca {
namespace {

constexpr int kWide = 64, kNarrow = 32;  // filters, as in the paper
constexpr Index kBatch = 64;             // images at a time when nothing is learned

void check_images(const char* what, const Tensor& t) {
  check(t.defined() && t.dtype() == DType::u8 && t.shape().rank() == 3 && t.size() > 0, "espcn: ", what,
        ": images must be uint8 [T, H, W] and not empty");
}

// The chosen rows of u8 [T, H, W] as [N, H, W, 1] in [0, 1].
Tensor batch_of(const Tensor& images, std::span<const Index> rows) {
  const Index height = images.extent(1), width = images.extent(2), pixels = height * width;
  const Tensor x({static_cast<Index>(rows.size()), height, width, 1});
  float* to = x.data();
  for (const Index row : rows) {
    const std::uint8_t* const from = images.data<std::uint8_t>() + row * pixels;
    to = std::transform(from, from + pixels, to, [](std::uint8_t v) { return static_cast<float>(v) / 255; });
  }
  return x;
}

std::vector<Index> shuffled(Index count, std::uint64_t seed, int epoch) {
  std::vector<Index> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), Index{0});
  Random random({seed, RandomStream::shuffle}, static_cast<std::uint32_t>(epoch));
  for (std::size_t i = rows.size(); i > 1; --i)
    std::swap(rows[i - 1], rows[random.below(static_cast<std::uint32_t>(i))]);
  return rows;
}

void check_pairs(const Espcn& network, const Tensor& small, const Tensor& large, const EspcnTraining& how) {
  check_images("small", small);
  check_images("large", large);
  const Index r = network.factor();
  check(large.shape() == Shape({small.extent(0), small.extent(1) * r, small.extent(2) * r}), "espcn: images of ",
        large.shape(), " are not ", r, " times as high and wide as those of ", small.shape());
  check(how.epochs > 0 && how.batch > 0 && how.lr > 0, "espcn: epochs, batch and lr must be positive");
}

}  // namespace

Tensor depth_to_space(const Tensor& x, int factor) {
  const Index r = factor;
  check(x.shape().rank() == 4 && r > 0 && x.extent(3) == r * r, "depth_to_space: expected [N, H, W, ", r * r, "], got ",
        x.shape());
  const Index n = x.extent(0), h = x.extent(1), w = x.extent(2);
  std::vector<Tensor> lines;  // the i-th of each r lines of pixels
  for (Index i = 0; i < r; ++i) lines.push_back(reshape(columns(x, i * r, r), {n * h, w * r}));
  return reshape(concat(lines), {n, h * r, w * r, 1});
}

Espcn::Espcn(int factor, std::uint64_t seed) : factor_(factor) {
  check(factor >= kLeastFactor && factor <= kMostFactor, "espcn: factor must be ", kLeastFactor, " to ", kMostFactor,
        ", got ", factor);
  Maker make{parameters, seed};
  wide_ = make.conv("wide", 1, kWide, 5, 1, Pad::same, true);
  narrow_ = make.conv("narrow", kWide, kNarrow, 3, 1, Pad::same, true);
  pixels_ = make.conv("pixels", kNarrow, factor * factor, 3, 1, Pad::same, true);
  const auto last = pixels_.kernel->value.span();
  std::fill(last.begin(), last.end(), 0.0f);  // nothing added yet: bilinear upsampling
  parameters.flatten();
}

Tensor Espcn::operator()(const Tensor& x) const {
  const Tensor features = relu(narrow_(relu(wide_(x))));  // [N, H, W, 32]
  return add(resize_bilinear(x, x.extent(1) * factor_, x.extent(2) * factor_),
             depth_to_space(pixels_(features), factor_));
}

Tensor Espcn::upscale(const Tensor& images) const {
  check_images("upscale", images);
  const NoGrad no_tape;
  const Tensor out({images.extent(0), images.extent(1) * factor_, images.extent(2) * factor_}, DType::u8);
  auto* to = out.data<std::uint8_t>();
  std::vector<Index> rows(static_cast<std::size_t>(images.extent(0)));
  std::iota(rows.begin(), rows.end(), Index{0});
  for (Index begin = 0; begin < images.extent(0); begin += kBatch) {
    const auto count = static_cast<std::size_t>(std::min(kBatch, images.extent(0) - begin));
    const Tensor y = (*this)(batch_of(images, std::span(rows).subspan(static_cast<std::size_t>(begin), count)));
    for (const float v : y.span()) {
      check(std::isfinite(v), "espcn: upscale: the network's answer is not finite");
      *to++ = static_cast<std::uint8_t>(std::lround(255 * std::clamp(v, 0.0f, 1.0f)));
    }
  }
  return out;
}

double backward_squared_error(const Tensor& prediction, const Tensor& target) {
  check(prediction.shape() == target.shape(), "squared error: ", prediction.shape(), " beside ", target.shape());
  const Tensor gradient(prediction.shape());
  const auto y = prediction.span(), t = target.span(), g = gradient.span();
  const auto n = static_cast<double>(y.size());
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double difference = static_cast<double>(y[i]) - t[i];
    sum += difference * difference;
    g[i] = static_cast<float>(2 * difference / n);
  }
  backward(prediction, gradient);
  return sum / n;
}

bool train_espcn(Espcn& network, const Tensor& small, const Tensor& large, const EspcnTraining& how,
                 const std::function<bool(const EspcnStep&)>& go_on) {
  check_pairs(network, small, large, how);
  Optimizer optimizer({.kind = "adam"}, network.parameters);
  const ScheduleConfig schedule{.kind = "one_cycle", .lr = how.lr};
  const Index count = small.extent(0), steps = (count + how.batch - 1) / how.batch;
  for (int epoch = 0; epoch < how.epochs; ++epoch) {
    const auto rows = shuffled(count, how.seed, epoch);
    double sum = 0;
    for (Index step = 0, done = 0; step < steps; ++step) {
      const auto size = std::min<Index>(how.batch, count - done);
      const auto part = std::span(rows).subspan(static_cast<std::size_t>(done), static_cast<std::size_t>(size));
      const double error = backward_squared_error(network(batch_of(small, part)), batch_of(large, part));
      check(std::isfinite(error), "espcn: the error is not finite in step ", step + 1, " of epoch ", epoch + 1,
            ": a lower lr helps");
      const double at = epoch + static_cast<double>(step) / static_cast<double>(steps);
      optimizer.step(learning_rate(schedule, at, how.epochs), network.parameters.gather_gradients());
      done += size, sum += error * static_cast<double>(size);
      if (!go_on({epoch, step + 1, steps, sum / static_cast<double>(done)})) return false;
    }
  }
  return true;
}

}  // namespace mueca
