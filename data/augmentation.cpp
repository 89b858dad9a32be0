#include "data/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/random.h"

namespace mueca {
namespace {

// A window of the source: centre and extents in source pixels, turned by `angle`, maybe mirrored.
struct Window {
  float center_row, center_column, height, width;
  float angle = 0;  // radians
  bool mirrored = false;
};

// Half-pixel centres: output pixel p covers (p + 0.5) / output of the window, and source pixel i is centred on i + 0.5.
AugmentView view_of(const Window& w, int output) {
  const float rows = w.height / static_cast<float>(output), columns = w.width / static_cast<float>(output);
  const float mirror = w.mirrored ? -1.0f : 1.0f, sine = std::sin(w.angle), cosine = std::cos(w.angle);
  const float middle = 0.5f * static_cast<float>(output) - 0.5f;  // the output's centre, in output pixels
  AugmentView view;
  view.m[0] = cosine * rows;
  view.m[1] = -sine * columns * mirror;
  view.m[2] = w.center_row - 0.5f - middle * (view.m[0] + view.m[1]);
  view.m[3] = sine * rows;
  view.m[4] = cosine * columns * mirror;
  view.m[5] = w.center_column - 0.5f - middle * (view.m[3] + view.m[4]);
  return view;
}

// Sequences of one key start 2^20 counters apart per row and 2^6 per repeat: none reaches the next one. draw_view stays
// within the first 32 of them.
Random reader(const SamplePlace& place, RandomStream stream, std::uint64_t from = 0) {
  const auto start =
      (static_cast<std::uint64_t>(place.row) << 20) + (static_cast<std::uint64_t>(place.repeat) << 6) + from;
  return Random({place.seed, stream}, place.epoch, start);
}

// Gamma(alpha, 1) by Marsaglia and Tsang 2000; below 1 by their boost.
double draw_gamma(Random& random, double alpha) {
  const double boost = alpha < 1 ? std::pow(1.0 - random.uniform(), 1 / alpha) : 1;
  const double d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(), u = 1.0 - random.uniform(), v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return boost * d * v;
  }
}

int window_side(int crop, int whole) { return crop > 0 ? crop : whole; }

}  // namespace

void check_policy(const AugmentPolicy& p, ImageSize source) {
  each_field(p, [](const char* name, auto value) {
    check(std::isfinite(static_cast<float>(value)) && value >= 0, "augmentation: ", name, " must be at least 0, got ",
          value);
  });
  check(p.flip <= 1, "augmentation: flip is a probability, got ", p.flip);
  check(p.erase <= 1, "augmentation: erase is a probability, got ", p.erase);
  const int side = std::min(source.height, source.width);
  check(p.crop <= side, "augmentation: crop must be at most the image side ", side, ", got ", p.crop);
  check(p.shift <= 1, "augmentation: shift is a fraction of the image side, at most 1, got ", p.shift);
  check(p.rotate <= 180, "augmentation: rotate must be at most 180 degrees, got ", p.rotate);
  check(p.scale_low >= 0.1f && p.scale_low <= p.scale_high && p.scale_high <= 10,
        "augmentation: scale_low <= scale_high must lie in [0.1, 10], got ", p.scale_low, " and ", p.scale_high);
  check(p.brightness <= 1, "augmentation: brightness is a fraction of the range, at most 1, got ", p.brightness);
  check(p.contrast <= 1, "augmentation: contrast must be at most 1, got ", p.contrast);
  check(p.erase_low <= p.erase_high && p.erase_high <= 1,
        "augmentation: erase_low <= erase_high must lie in [0, 1], got ", p.erase_low, " and ", p.erase_high);
  check(p.cut <= 1, "augmentation: cut is a share of a clip, got ", p.cut);
  check(p.mixup <= 100, "augmentation: mixup must be at most 100, got ", p.mixup);
  check(p.mixup == 0 || p.mixup >= 0.01f, "augmentation: mixup must be 0 or at least 0.01, got ", p.mixup);
}

AugmentView draw_view(const AugmentPolicy& policy, const SamplePlace& place, ImageSize source, int output) {
  Random random = reader(place, RandomStream::augmentation);
  const float height = static_cast<float>(window_side(policy.crop, source.height));
  const float width = static_cast<float>(window_side(policy.crop, source.width));
  Window window{};
  window.mirrored = random.chance(policy.flip);
  // Whole pixels: a crop without zoom or rotation then copies pixels instead of blurring them.
  const auto top = random.below(static_cast<std::uint32_t>(source.height - static_cast<int>(height)) + 1);
  const auto left = random.below(static_cast<std::uint32_t>(source.width - static_cast<int>(width)) + 1);
  const float zoom = std::exp(random.uniform(std::log(policy.scale_low), std::log(policy.scale_high)));
  window.angle = random.uniform(-policy.rotate, policy.rotate) * std::numbers::pi_v<float> / 180;
  window.center_row = static_cast<float>(top) + height * (0.5f + random.uniform(-policy.shift, policy.shift));
  window.center_column = static_cast<float>(left) + width * (0.5f + random.uniform(-policy.shift, policy.shift));
  window.height = height / zoom;
  window.width = width / zoom;

  AugmentView view = view_of(window, output);
  view.source = place.row;
  view.brightness = 255 * random.uniform(-policy.brightness, policy.brightness);
  view.contrast = 1 + random.uniform(-policy.contrast, policy.contrast);

  const bool erased = random.chance(policy.erase);
  const float share = random.uniform(policy.erase_low, policy.erase_high);
  const float aspect = std::exp(random.uniform(std::log(0.3f), std::log(3.3f)));
  const auto side = [&](float length) {
    return std::clamp(static_cast<int>(std::lround(static_cast<float>(output) * length)), 1, output);
  };
  const int rows = side(std::sqrt(share * aspect)), columns = side(std::sqrt(share / aspect));
  const auto row = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(output - rows) + 1));
  const auto column = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(output - columns) + 1));
  const float gray = random.uniform(0, 255);
  if (erased) {
    view.erase[0] = row, view.erase[1] = column, view.erase[2] = row + rows, view.erase[3] = column + columns;
    view.fill = gray;
  }
  return view;
}

Mixing draw_mixing(const AugmentPolicy& policy, const SamplePlace& place, std::int32_t candidates) {
  if (policy.mixup == 0) return {};
  Random random = reader(place, RandomStream::mixup);
  Mixing mixing;
  mixing.partner = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(candidates)));
  const double a = draw_gamma(random, policy.mixup), b = draw_gamma(random, policy.mixup);
  mixing.mix = a + b > 0 ? static_cast<float>(a / (a + b)) : 1.0f;  // both underflow only near alpha 0.01
  return mixing;
}

int draw_last_frame(const AugmentPolicy& policy, const SamplePlace& place, int frames) {
  if (policy.cut == 0) return frames - 1;
  const int most = static_cast<int>(std::lround(policy.cut * static_cast<float>(frames - 1)));
  Random random = reader(place, RandomStream::augmentation, 32);
  return frames - 1 - static_cast<int>(random.below(static_cast<std::uint32_t>(most + 1)));
}

EvaluationViews parse_views(std::string_view name) {
  for (const auto views : {EvaluationViews::center, EvaluationViews::flip, EvaluationViews::ten_crop})
    if (name == name_of(views)) return views;
  throw Error(str("views: expected center, flip or ten_crop, got \"", name, "\""));
}

std::string_view name_of(EvaluationViews views) {
  if (views == EvaluationViews::center) return "center";
  return views == EvaluationViews::flip ? "flip" : "ten_crop";
}

std::vector<AugmentView> evaluation_views(EvaluationViews views, ImageSize source, int crop, int output) {
  check(crop >= 0 && crop <= std::min(source.height, source.width), "views: crop must be at most the image side ",
        std::min(source.height, source.width), ", got ", crop);
  const bool corners = views == EvaluationViews::ten_crop;
  const auto side = [&](int whole) { return crop > 0 ? crop : corners ? (whole * 11 + 6) / 12 : whole; };
  const int height = side(source.height), width = side(source.width);
  const int down = source.height - height, right = source.width - width;  // room to move
  struct Place {
    int top, left;
  };
  std::vector<Place> places{{down / 2, right / 2}};  // whole pixels, as torchvision's CenterCrop with even room
  if (corners) places.insert(places.end(), {{0, 0}, {0, right}, {down, 0}, {down, right}});
  std::vector<AugmentView> result;
  for (const bool mirrored : {false, true}) {
    if (mirrored && views == EvaluationViews::center) break;
    for (const auto [top, left] : places) {
      const auto h = static_cast<float>(height), w = static_cast<float>(width);
      result.push_back(
          view_of({static_cast<float>(top) + h / 2, static_cast<float>(left) + w / 2, h, w, 0, mirrored}, output));
    }
  }
  return result;
}

}  // namespace mueca
