// augment: what kernel_args.h says of AugmentView and AugmentSample, pixel by pixel.
#include <gtest/gtest.h>

#include "tests/suite.h"

namespace mueca::suite {
namespace {

constexpr Index kImages = 4, kHeight = 9, kWidth = 7;

std::vector<std::uint8_t> pixels() {
  std::vector<std::uint8_t> v(kImages * kHeight * kWidth);
  Random random({31, RandomStream::test});
  for (auto& p : v) p = static_cast<std::uint8_t>(random.below(256));
  return v;
}

// A coordinate a p + b q + c, clamped to the image.
Real coordinate(const float* m, Index p, Index q, Index extent) {
  const Real at = Real(m[0]) * static_cast<double>(p) + Real(m[1]) * static_cast<double>(q) + Real(m[2]);
  return min(max(at, 0), static_cast<double>(extent - 1));
}

// Bilinear between the four neighbours. An error of the coordinate, also across a pixel's border, moves the value by
// at most the steepest step between neighbours, 255, times itself.
Real sample(const std::vector<std::uint8_t>& images, std::int32_t source, Real row, Real column) {
  const auto pixel = [&](Index h, Index w) -> Real {
    return images.at(
        static_cast<std::size_t>((source * kHeight + std::min(h, kHeight - 1)) * kWidth + std::min(w, kWidth - 1)));
  };
  const auto top = static_cast<Index>(row.v), left = static_cast<Index>(column.v);
  const Real v = row.v - static_cast<double>(top), h = column.v - static_cast<double>(left);
  const Real above = (1 - h) * pixel(top, left) + h * pixel(top, left + 1);
  const Real below = (1 - h) * pixel(top + 1, left) + h * pixel(top + 1, left + 1);
  Real gray = (1 - v) * above + v * below;
  gray.e += 255 * (row.e + column.e);
  return gray;
}

Real view_of(const std::vector<std::uint8_t>& images, const AugmentView& view, Index p, Index q) {
  if (p >= view.erase[0] && q >= view.erase[1] && p < view.erase[2] && q < view.erase[3]) return Real(view.fill);
  const Real gray =
      sample(images, view.source, coordinate(view.m, p, q, kHeight), coordinate(view.m + 3, p, q, kWidth));
  return min(max((gray - 127.5) * Real(view.contrast) + 127.5 + Real(view.brightness), 0), 255);
}

Case make(const std::string& name, std::vector<AugmentSample> samples, Index height, Index width, Index channels,
          float scale, float shift, bool exact = false) {
  Case c;
  c.name = "augment " + name;
  const auto n = static_cast<Index>(samples.size());
  const std::vector<std::uint8_t> bytes = pixels();
  c.inputs = {{{kImages, kHeight, kWidth}, Values::reals, false, {bytes.begin(), bytes.end()}}};
  c.forward = [=](const Arrays&) -> Arrays {
    Array y({n, height, width, channels});
    const auto images = pixels();
    for (Index i = 0; i < y.size(); ++i) {
      const Index q = i / channels % width, p = i / channels / width % height;
      const AugmentSample& s = samples[static_cast<std::size_t>(i / channels / width / height)];
      Real v = view_of(images, s.first, p, q);
      if (s.mix < 1) v = Real(s.mix) * v + (1 - Real(s.mix)) * view_of(images, s.second, p, q);
      y(i) = v * Real(scale) + Real(shift);
    }
    return {y};
  };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Tensor images = Tensor::from<std::uint8_t>({kImages, kHeight, kWidth}, pixels(), in[0].device());
    return {augment(images, samples, height, width, channels, scale, shift)};
  };
  c.exact = exact;
  return c;
}

constexpr std::span<const AugmentSample> kNone;

AugmentView plain(std::int32_t source) {
  AugmentView v;
  v.source = source;
  return v;
}

AugmentView turned(std::int32_t source, float angle, float zoom) {
  const float c = std::cos(angle) * zoom, s = std::sin(angle) * zoom;
  AugmentView v = plain(source);
  const float m[6] = {c, s, 4 - 4 * c - 3 * s, -s, c, 3 + 4 * s - 3 * c};
  std::copy(m, m + 6, v.m);
  return v;
}

TEST(Augment, AnUpsamplingEqualsResizeBilinear) {
  const std::vector<std::uint8_t> bytes = pixels();
  const Tensor images = Tensor::from<std::uint8_t>({kImages, kHeight, kWidth}, bytes);
  AugmentSample s{plain(2), {}, 1};
  const float rows = kHeight / 36.0f, columns = kWidth / 14.0f;
  const float m[6] = {rows, 0, rows / 2 - 0.5f, 0, columns, columns / 2 - 0.5f};
  std::copy(m, m + 6, s.first.m);
  const Tensor y = augment(images, {&s, 1}, 36, 14, 1, 1, 0);
  const auto first = bytes.begin() + 2 * kHeight * kWidth;
  const Tensor x = Tensor::from({1, kHeight, kWidth, 1}, std::vector<float>(first, first + kHeight * kWidth));
  EXPECT_EQ(y.to_vector(), resize_bilinear(x, 36, 14).to_vector());
}

}  // namespace

Family augment_family() {
  AugmentView flipped = plain(1), shifted = plain(3), bright = plain(0), erased = plain(2), crop = plain(1);
  flipped.m[4] = -1, flipped.m[5] = kWidth - 1;
  shifted.m[2] = -2, shifted.m[5] = 3;
  bright.contrast = 2.5f, bright.brightness = 31;
  erased.erase[0] = 2, erased.erase[1] = 1, erased.erase[2] = 6, erased.erase[3] = 5, erased.fill = 77;
  crop.m[2] = 2, crop.m[5] = 1.5f;
  AugmentView everything = turned(3, 0.4f, 0.8f);
  everything.contrast = 0.7f, everything.brightness = -20;
  everything.erase[0] = 5, everything.erase[2] = 20, everything.erase[3] = 3, everything.fill = 127.5f;

  Family f;
  f.cases = {
      make("identity", {{plain(0), {}, 1}, {plain(3), {}, 1}, {plain(0), {}, 1}}, kHeight, kWidth, 1, 1, 0, true),
      make("identity in three channels", {{plain(2), {}, 1}}, kHeight, kWidth, 3, 2, -1, true),
      make("flip", {{flipped, {}, 1}}, kHeight, kWidth, 1, 1, 0, true),
      make("shift repeats the border", {{shifted, {}, 1}}, kHeight, kWidth, 1, 1, 0, true),
      make("erase", {{erased, {}, 1}, {plain(1), {}, 1}}, kHeight, kWidth, 1, 1, 0, true),
      make("mixup by halves", {{plain(1), flipped, 0.5f}, {erased, plain(3), 0.25f}}, kHeight, kWidth, 1, 1, 0, true),
      make("contrast and brightness clamp", {{bright, {}, 1}}, kHeight, kWidth, 1, 1.0f / 255, 0),
      make("crop", {{crop, {}, 1}}, 5, 4, 3, 1.0f / 127.5f, -1),
      make("rotation", {{turned(0, 0.3f, 1), {}, 1}, {turned(1, -0.7f, 1.3f), {}, 1}}, kHeight, kWidth, 1, 1, 0),
      make("rotation of another size", {{turned(2, 1.9f, 0.4f), {}, 1}}, 16, 17, 1, 1.0f / 255, 0.5f),
      make("all at once", {{everything, turned(0, -0.2f, 1.1f), 0.3f}, {bright, everything, 0.9f}}, 8, 8, 3, 0.01f, -1),
  };

  const Tensor images({kImages, kHeight, kWidth}, DType::u8);
  const auto call = [=](AugmentSample s, Index height, Index channels) {
    augment(images, {&s, 1}, height, 8, channels, 1, 0);
  };
  f.refusals = {
      {"floats",
       [] {
         augment(Tensor({4, 9, 7}), kNone, 8, 8, 1, 1, 0);
       },
       "augment: images must be uint8 [T, H, W]"},
      {"rank 4",
       [] {
         augment(Tensor({4, 9, 7, 1}, DType::u8), kNone, 8, 8, 1, 1, 0);
       },
       "augment: images must be uint8 [T, H, W]"},
      {"no height", [=] { call({}, 0, 1); }, "augment: output 0 x 8 x 1 must be at least 1 x 1 x 1"},
      {"no channel", [=] { call({}, 8, 0); }, "augment: output 8 x 8 x 0 must be at least 1 x 1 x 1"},
      {"image beyond the pack",
       [=] {
         call({plain(4), {}, 1}, 8, 1);
       },
       "augment: sample names image 4 of 4"},
      {"image below the pack",
       [=] {
         call({plain(-1), {}, 1}, 8, 1);
       },
       "augment: sample names image -1 of 4"},
      {"second beyond the pack",
       [=] {
         call({{}, plain(9), 0.5f}, 8, 1);
       },
       "augment: sample names image 9 of 4"},
      {"mix above 1",
       [=] {
         call({{}, {}, 1.5f}, 8, 1);
       },
       "augment: mix must be in [0, 1], got 1.5"},
  };
  return f;
}

}  // namespace mueca::suite
