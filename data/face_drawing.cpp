#include "data/face_drawing.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace mueca {
namespace {

constexpr Box kEverywhere{-9, -9, 9, 9};

// Smooth noise in [-1, 1] on a grid of unit cells.
class Texture {
 public:
  explicit Texture(std::uint64_t seed) : key_{seed, RandomStream::generator} {}
  float operator()(float x, float y) const {
    const float left = std::floor(x), top = std::floor(y), u = x - left, v = y - top;
    const auto i = static_cast<int>(left), j = static_cast<int>(top);
    const float a = u * u * (3 - 2 * u), b = v * v * (3 - 2 * v);
    const float upper = corner(i, j) + a * (corner(i + 1, j) - corner(i, j));
    const float lower = corner(i, j + 1) + a * (corner(i + 1, j + 1) - corner(i, j + 1));
    return upper + b * (lower - upper);
  }

 private:
  // A cheap integer hash; the grid is visited many times per pixel.
  float corner(int i, int j) const {
    auto h = static_cast<std::uint32_t>(key_.seed) ^ (static_cast<std::uint32_t>(i) * 0x9E3779B1u) ^
             (static_cast<std::uint32_t>(j) * 0x85EBCA77u);
    h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
    h = (h ^ (h >> 12)) * 0x297A2D39u;
    return 2 * uniform01(h ^ (h >> 15)) - 1;
  }
  RandomKey key_;
};

// The outline of the head, negative inside: round above, narrowing to the chin below.
float head_outline(const FaceIdentity& f, float chin, Point p) {
  const float below = std::clamp(p.y / chin, 0.0f, 1.0f);
  const float half_width = f.width * (1 - f.jaw * below * below), half_height = p.y < 0 ? 1.02f : chin;
  const float x = std::abs(p.x) / half_width, y = std::abs(p.y) / half_height;
  return (x * x * std::sqrt(x) + y * y * std::sqrt(y) - 1) * half_width / 2.5f;  // exact to first order at the edge
}

class Portrait {
 public:
  Portrait(const Face& face, FaceRaster& raster)
      : face_(face),
        f_(face.identity),
        raster_(raster),
        texture_(face.view.texture_seed),
        chin_(1 + .1f * face.unit(26) + .12f * face.unit(27)) {}

  void draw() {
    background();
    head();
    draw_wrinkles(raster_, face_);
    draw_nose(raster_, face_);
    draw_mouth(raster_, face_);
    draw_eyes(raster_, face_);
    beard();
    draw_brows(raster_, face_);
    front_hair();
    light();
    if (f_.glasses) glasses();
    cover();
  }

 private:
  void background() {
    const FaceView& v = face_.view;
    for (std::size_t i = 0; i < raster_.tone.size(); ++i) {
      const Point p = raster_.at(Plane::head, i);
      raster_.tone[i] =
          std::clamp(v.background + v.background_slope * p.x + .12f * texture_(1.3f * p.x, 1.3f * p.y), 0.0f, 1.0f);
    }
  }

  // Covers with a lit material.
  template <class Distance>
  void material(float tone, const Distance& distance) {
    raster_.cover(Plane::head, kEverywhere, 0, distance, [&](std::size_t i, float c) {
      raster_.tone[i] += c * (tone - raster_.tone[i]);
      raster_.lit[i] += c * (1 - raster_.lit[i]);
    });
  }

  void head() {
    const float w = f_.width;
    if (f_.hairline > -1.1f) {  // behind the head; long hair falls beside it
      const float bottom = .1f + 1.1f * f_.hair_length;
      material(f_.hair, [&](Point p) {
        return std::max(ellipse(p, {0, -.05f + .3f * f_.hair_length}, 1.13f * w, 1.1f + .35f * f_.hair_length),
                        p.y - bottom);
      });
    }
    material(.8f * f_.skin, [&](Point p) { return std::max(std::abs(p.x) - .62f * w, .5f - p.y); });  // neck
    raster_.shade(Plane::head, kEverywhere, .45f, .3f, [&](Point p) {
      return ellipse(p, {0, chin_ + .05f}, .6f * w, .12f);
    });                                       // the chin's shadow on it
    for (const float side : {-1.0f, 1.0f}) {  // ears, the far one hidden by yaw
      if (f_.hair_length > .2f) break;
      const Point ear{side * (w + .02f) - .25f * std::sin(face_.view.pose.yaw), .02f};
      material(.92f * f_.skin, [&](Point p) { return ellipse(p, ear, .09f, .19f); });
      raster_.shade(Plane::head, kEverywhere, .3f, .05f, [&](Point p) { return ellipse(p, ear, .045f, .11f); });
    }
    material(f_.skin, [&](Point p) { return head_outline(f_, chin_, p); });
    for (std::size_t i = 0; i < raster_.tone.size(); ++i) {  // the dome of the skull, and skin that is not even
      const Point p = raster_.at(Plane::head, i), q = raster_.at(Plane::face, i);
      const float x = p.x / (1.12f * w), y = p.y / 1.2f;
      raster_.relief[i] += .8f * std::sqrt(std::max(0.0f, 1 - x * x - y * y));
      if (raster_.lit[i] > 0) raster_.tone[i] *= 1 + .05f * texture_(5 * q.x + 40, 5 * q.y);
    }
  }

  void front_hair() {
    if (f_.hairline < -1.1f) return;
    raster_.cover(
        Plane::head, kEverywhere, .05f,
        [&](Point p) {
          const float side = std::sin(face_.view.pose.yaw), x = p.x / f_.width - .35f * side;
          const float rough = .05f * texture_(14 * p.x + 9, 3 * p.y);
          const float x2 = x * x, edge = f_.hairline + f_.fringe * x2 + rough + .9f * x2 * x2 * x2 * x2;
          return std::max(p.y - edge, ellipse(p, {0, -.05f}, 1.1f * f_.width, 1.1f));
        },
        [&](std::size_t i, float c) {
          const Point p = raster_.at(Plane::head, i);
          const float strand = f_.hair * (1 + .25f * texture_(16 * p.x, 4 * p.y));
          raster_.tone[i] += c * (strand - raster_.tone[i]);
          raster_.lit[i] += c * (1 - raster_.lit[i]);
        });
  }

  void beard() {
    const float dark = 1 - std::min(1.0f, (.6f * f_.hair + .08f) / f_.skin);
    if (dark <= 0) return;
    const float mouth = f_.mouth_height, nose = f_.eye_height + f_.nose_length;
    const float lip = mouth - .045f * std::max(face_.unit(10), face_.unit(9));
    const auto grain = [&](Point p) { return .8f + .2f * texture_(18 * p.x, 18 * p.y + 70); };
    raster_.cover(
        Plane::face, kEverywhere, .12f,
        [&](Point p) {
          const float x = std::abs(p.x) / f_.width, jaw = mouth + .08f - .9f * x * x * x - p.y;
          return std::max(
              {jaw, -ellipse(p, {0, mouth + .02f}, 1.25f * f_.mouth_width, .13f), head_outline(f_, chin_, p)});
        },
        [&](std::size_t i, float c) {
          raster_.tone[i] *= 1 - f_.beard * dark * c * grain(raster_.at(Plane::face, i));
        });
    raster_.cover(
        Plane::face, kEverywhere, .03f,
        [&](Point p) {
          const float x = p.x / (1.15f * f_.mouth_width), middle = .5f * (nose + lip) + .02f + .06f * x * x;
          return std::max(std::abs(p.y - middle) - .04f * (1 - .5f * x * x), std::abs(p.x) - 1.15f * f_.mouth_width);
        },
        [&](std::size_t i, float c) {
          raster_.tone[i] *= 1 - f_.moustache * dark * c * grain(raster_.at(Plane::face, i));
        });
  }

  // Lambert's law on the relief's slope, with an ambient part.
  void light() {
    const FaceView& v = face_.view;
    const float lx = std::sin(v.light_azimuth) * std::cos(v.light_elevation), ly = -std::sin(v.light_elevation);
    const float lz = std::cos(v.light_azimuth) * std::cos(v.light_elevation);
    // The relief lies on the upright head; the image is turned by roll, the slope is taken on the image.
    const int n = raster_.size();
    const auto relief = [&](int row, int column) {
      return raster_.relief[static_cast<std::size_t>(std::clamp(row, 0, n - 1) * n + std::clamp(column, 0, n - 1))];
    };
    const float step = .5f / raster_.pixel();
    for (int row = 0; row < n; ++row)
      for (int column = 0; column < n; ++column) {
        const auto i = static_cast<std::size_t>(row * n + column);
        if (raster_.lit[i] <= 0) continue;
        const float gx = std::clamp(step * (relief(row, column + 1) - relief(row, column - 1)), -3.0f, 3.0f);
        const float gy = std::clamp(step * (relief(row + 1, column) - relief(row - 1, column)), -3.0f, 3.0f);
        const float facing = (lz - gx * lx - gy * ly) / std::sqrt(1 + gx * gx + gy * gy);
        const float brightness = v.ambient + 1.15f * (1 - v.ambient) * std::max(0.0f, facing);
        raster_.tone[i] *= 1 + raster_.lit[i] * (brightness - 1);
      }
  }

  void glasses() {
    const float tone = .08f;
    for (const float side : {-1.0f, 1.0f}) {
      const Point c{side * f_.eye_distance, f_.eye_height + .01f};
      const auto rim = [&](Point p) {
        const float x = std::abs(p.x - c.x) / .23f, y = std::abs(p.y - c.y) / .16f;
        return std::abs(x * x * x * x + y * y * y * y - 1) * .17f / 4 - .013f;
      };
      raster_.paint(Plane::face, {c.x - .32f, c.y - .25f, c.x + .32f, c.y + .25f}, tone, .85f, 0, rim);
      raster_.paint(Plane::face, {-.97f * f_.width, c.y - .1f, .97f * f_.width, c.y}, tone, .85f, 0, [&](Point p) {
        return std::max(std::abs(p.y - c.y + .05f) - .014f, side * (c.x + side * .23f - p.x));
      });
    }
    raster_.paint(Plane::face, {-.15f, f_.eye_height - .1f, .15f, f_.eye_height + .05f}, tone, .85f, 0, [&](Point p) {
      return std::max(std::abs(p.y - f_.eye_height + .04f - .8f * p.x * p.x) - .014f,
                      std::abs(p.x) - f_.eye_distance + .22f);
    });
  }

  void cover() {
    const FaceView& v = face_.view;
    if (v.cover_radius <= 0) return;
    raster_.cover(
        Plane::head, kEverywhere, .03f,
        [&](Point p) {
          return disc(p, {v.cover_x, v.cover_y}, v.cover_radius) + .08f * texture_(4 * p.x + 5, 4 * p.y + 5);
        },
        [&](std::size_t i, float c) {
          const Point p = raster_.at(Plane::head, i);
          raster_.tone[i] += c * (v.cover_tone * (1 + .2f * texture_(6 * p.x, 6 * p.y)) - raster_.tone[i]);
        });
  }

  const Face& face_;
  const FaceIdentity& f_;
  FaceRaster& raster_;
  Texture texture_;
  float chin_;
};

// Nearly normal with variance 1: the sum of a word's four bytes.
float grain(std::uint32_t word) {
  const auto sum = static_cast<float>((word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24));
  return (sum - 510) / 147.8f;  // sqrt(4 (256^2 - 1) / 12)
}

// A separable Gaussian, the border repeated.
void blur(std::vector<float>& image, int n, float sigma) {
  const int reach = static_cast<int>(std::ceil(2.5f * sigma));
  if (reach < 1 || sigma < .2f) return;
  std::vector<float> weight(static_cast<std::size_t>(2 * reach + 1)), copy(image.size());
  float total = 0;
  for (int k = -reach; k <= reach; ++k)
    total += weight[static_cast<std::size_t>(k + reach)] = std::exp(-.5f * static_cast<float>(k * k) / (sigma * sigma));
  for (const bool down : {false, true}) {
    copy = image;
    for (int row = 0; row < n; ++row)
      for (int column = 0; column < n; ++column) {
        float sum = 0;
        for (int k = -reach; k <= reach; ++k) {
          const int r = down ? std::clamp(row + k, 0, n - 1) : row,
                    c = down ? column : std::clamp(column + k, 0, n - 1);
          sum += weight[static_cast<std::size_t>(k + reach)] * copy[static_cast<std::size_t>(r * n + c)];
        }
        image[static_cast<std::size_t>(row * n + column)] = sum / total;
      }
  }
}

}  // namespace

void draw_face(const Face& face, int size, std::span<std::uint8_t> pixels) {
  check(size >= 16, "faces: size must be at least 16 pixels, got ", size);
  check(pixels.size() == static_cast<std::size_t>(size) * static_cast<std::size_t>(size), "faces: ", size, " x ", size,
        " pixels asked, room for ", pixels.size());
  FaceRaster raster(size, face.view.pose, face.identity.width);
  Portrait(face, raster).draw();
  const FaceView& v = face.view;
  blur(raster.tone, size, v.blur * static_cast<float>(size) / 48);
  // The camera's exposure meets its aim half-way: dark scenes stay darker than bright ones, but can be seen.
  double mean = 0;
  for (const float tone : raster.tone) mean += tone;
  mean = std::max(mean / static_cast<double>(pixels.size()), .02);
  const float gain = v.contrast * std::sqrt(v.exposure / static_cast<float>(mean));
  const float middle = std::sqrt(v.exposure * static_cast<float>(mean));
  Random noise({v.texture_seed, RandomStream::generator}, 1 + v.frame);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const float tone = gain * (raster.tone[i] - static_cast<float>(mean)) + middle + v.noise * grain(noise.word());
    pixels[i] = static_cast<std::uint8_t>(std::clamp(255 * tone + .5f, 0.0f, 255.0f));
  }
}

}  // namespace mueca
