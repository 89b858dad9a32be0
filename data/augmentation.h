// Augmentation policy: what may happen to a training image, and the views that evaluation looks through. All of it is
// turned into AugmentView/AugmentSample (core/kernel_args.h); the pixels move in the `augment` kernel alone.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/kernel_args.h"
#include "core/shape.h"

namespace mueca {

struct ImageSize {
  int height = 48, width = 48;
};

// The default leaves every image as it is. Geometry is one affine map, so that an image is interpolated once at most:
// window of `crop` pixels at a random place -> zoom -> rotation -> shift -> mirror -> output pixels.
struct AugmentPolicy {
  float flip = 0;                       // probability of the mirror image
  int crop = 0;                         // window side in source pixels (44 of 48); 0: the whole image
  float shift = 0;                      // largest shift either way, as a fraction of the window side, per axis
  float rotate = 0;                     // largest rotation either way, degrees
  float scale_low = 1, scale_high = 1;  // zoom, uniform in its logarithm; above 1 the face grows
  float brightness = 0;                 // largest change either way, as a fraction of the range 0-255
  float contrast = 0;                   // factor in [1 - contrast, 1 + contrast] about mid-gray
  float erase = 0;                      // probability of an erased rectangle (Zhong et al. 2020), of random gray,
  float erase_low = 0.02f, erase_high = 0.2f;  // with this share of the area and sides as 0.3 to 3.3
  float mixup = 0;                             // alpha: mix ~ Beta(alpha, alpha) (Zhang et al. 2018); 0: off
  float cut = 0;  // clips only: largest share of a clip that is cut off its end; so weak expressions are learned, too

  bool operator==(const AugmentPolicy&) const = default;
};

// Calls f(name, field) for every field in a fixed order: the command line, config.toml and checkpoints share the names.
template <class Policy, class F>
void each_field(Policy& p, F&& f) {
  f("flip", p.flip), f("crop", p.crop), f("shift", p.shift), f("rotate", p.rotate);
  f("scale_low", p.scale_low), f("scale_high", p.scale_high), f("brightness", p.brightness), f("contrast", p.contrast);
  f("erase", p.erase), f("erase_low", p.erase_low), f("erase_high", p.erase_high), f("mixup", p.mixup);
  f("cut", p.cut);
}

// Throws Error naming the field unless the policy makes sense for images of this size.
void check_policy(const AugmentPolicy& policy, ImageSize source);

// One sample of one epoch. The same place always gives the same draws, in whatever batch or order it is asked for;
// `repeat` counts the times a row has come before in the epoch (balanced sampling).
struct SamplePlace {
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  std::int32_t row = 0;  // of the pack
  std::int32_t repeat = 0;
};

// The view of a training image; every place takes the same number of draws, so that switching one field on leaves the
// others' values as they were. The result has `output` x `output` pixels.
AugmentView draw_view(const AugmentPolicy& policy, const SamplePlace& place, ImageSize source, int output);

// The partner's number in [0, candidates) and the weight of the place's own image. mix is 1 when policy.mixup is 0.
struct Mixing {
  std::int32_t partner = 0;
  float mix = 1;
};
Mixing draw_mixing(const AugmentPolicy& policy, const SamplePlace& place, std::int32_t candidates);

// The frame that ends a training clip of so many frames, `frames` - 1 when policy.cut is 0.
int draw_last_frame(const AugmentPolicy& policy, const SamplePlace& place, int frames);

// How evaluation looks at an image: the centred window; it and its mirror image; or four corners and centre, each with
// its mirror image (Krizhevsky et al. 2012).
enum class EvaluationViews { center, flip, ten_crop };
EvaluationViews parse_views(std::string_view name);  // "center" | "flip" | "ten_crop"; throws Error
std::string_view name_of(EvaluationViews views);

// 1, 2 or 10 views with source = 0. `crop` 0 means the whole image, for ten_crop 11/12 of it (44 of 48).
std::vector<AugmentView> evaluation_views(EvaluationViews views, ImageSize source, int crop, int output);

}  // namespace mueca
