#include "data/face.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/error.h"
#include "core/random.h"

namespace mueca {
namespace {

// An action unit of an expression: with this probability it takes part, between these strengths.
struct Part {
  int unit;
  float low, high, probability = 1;
};

// After the prototypes of Du, Tao & Martinez 2014 (> 70 % of subjects, then their common variants).
constexpr Part kAngryPressed[] = {{4, .75f, 1}, {7, .5f, 1}, {24, .6f, 1}, {23, .4f, 1, .7f}, {17, .2f, .6f, .4f}};
constexpr Part kAngryShouting[] = {{4, .75f, 1}, {7, .4f, .9f},  {5, .2f, .5f, .4f}, {10, .3f, .7f},
                                   {25, .6f, 1}, {26, .3f, .9f}, {23, .5f, 1}};
constexpr Part kDisgust[] = {{9, .6f, 1},         {10, .65f, 1},       {4, .3f, .6f, .6f}, {7, .4f, .8f, .7f},
                             {17, .4f, .9f, .7f}, {15, .2f, .5f, .3f}, {25, .3f, .6f, .3f}};
constexpr Part kFear[] = {{1, .7f, 1},   {2, .3f, .6f},  {4, .4f, .7f},      {5, .6f, 1},
                          {20, .65f, 1}, {25, .5f, .9f}, {26, .1f, .4f, .5f}};
constexpr Part kHappy[] = {{12, .6f, 1}, {6, .5f, 1, .9f}, {25, .4f, 1, .7f}, {26, .2f, .5f, .3f}};
constexpr Part kSad[] = {{1, .6f, 1}, {4, .35f, .7f}, {15, .65f, 1}, {17, .3f, .8f, .6f}, {43, .1f, .4f, .6f}};
constexpr Part kSurprise[] = {{1, .7f, 1}, {2, .7f, 1}, {5, .5f, 1}, {25, .8f, 1}, {26, .6f, 1}, {27, .3f, 1, .6f}};

// Units that a face at rest may slightly show.
constexpr int kResting[] = {1, 2, 4, 5, 6, 7, 10, 12, 15, 17, 20, 23, 24, 25, 43};

std::span<const Part> parts_of(int emotion, Random& random) {
  const bool variant = random.chance(0.35f);
  switch (emotion) {
    case 0:
      return variant ? std::span<const Part>(kAngryShouting) : kAngryPressed;
    case 1:
      return kDisgust;
    case 2:
      return kFear;
    case 3:
      return kHappy;
    case 4:
      return kSad;
    case 5:
      return kSurprise;
    default:
      return {};
  }
}

FaceIdentity random_identity(Random& r) {
  FaceIdentity f;
  f.width = r.uniform(.68f, .82f), f.jaw = r.uniform(.1f, .36f);
  f.eye_distance = r.uniform(.29f, .36f), f.eye_height = r.uniform(-.2f, -.12f), f.eye_width = r.uniform(.135f, .175f);
  f.eye_opening = r.uniform(.048f, .07f), f.eye_tilt = r.uniform(-.06f, .12f);
  f.brow_height = r.uniform(.17f, .23f), f.brow_tilt = r.uniform(-.03f, .03f);
  f.brow_thickness = r.uniform(.03f, .065f);
  f.nose_width = r.uniform(.08f, .13f), f.nose_length = r.uniform(.36f, .45f), f.nose_relief = r.uniform(.7f, 1.3f);
  f.mouth_height = r.uniform(.49f, .56f), f.mouth_width = r.uniform(.23f, .3f), f.mouth_curve = r.uniform(-.02f, .02f);
  f.upper_lip = r.uniform(.03f, .065f), f.lower_lip = r.uniform(.05f, .09f);
  f.skin = r.uniform(.3f, .85f), f.lip_tone = r.uniform(.55f, .85f), f.iris = r.uniform(.08f, .4f);
  f.hair = r.chance(.75f) ? r.uniform(.05f, .3f) : r.uniform(.4f, .85f);
  f.brow_tone = std::min(.75f, (.5f * f.hair + .1f) / f.skin);
  f.hairline = r.chance(.1f) ? -1.2f : r.uniform(-.78f, -.55f);  // the first: bald
  f.fringe = r.uniform(-.2f, .5f), f.hair_length = r.chance(.4f) ? r.uniform(.4f, 1) : 0;
  f.age = r.uniform(0, 1);
  const float beard = r.uniform(.2f, .8f), moustache = r.uniform(.3f, .9f);
  f.beard = r.chance(.15f) ? beard : 0;
  f.moustache = r.chance(f.beard > 0 ? .7f : .06f) ? moustache : 0;
  f.glasses = r.chance(.12f);
  return f;
}

FaceView random_view(Random& r, float difficulty) {
  const auto spread = [&](float range) { return difficulty * r.uniform(-range, range); };
  FaceView v;
  FacePose& p = v.pose;
  p.roll = spread(.17f), p.yaw = spread(.25f), p.pitch = spread(.13f);
  p.zoom = 1.18f * std::exp(spread(.09f)), p.dx = spread(.07f), p.dy = spread(.07f);
  p.gaze_x = spread(.04f), p.gaze_y = spread(.015f);
  v.light_azimuth = spread(1), v.light_elevation = .35f + spread(.6f);
  v.ambient = .5f - difficulty * r.uniform(-.05f, .2f);
  v.background = .5f + spread(.45f), v.background_slope = spread(.4f);
  v.blur = difficulty * r.uniform(0, .6f), v.noise = difficulty * r.uniform(0, .03f);
  v.exposure = .47f + spread(.15f), v.contrast = std::exp(spread(.3f));
  // A hand or a microphone comes in from the rim, so that it hides some of the face and never all of it.
  const float angle = r.uniform(0, 6.2831853f), radius = r.uniform(.2f, .42f);
  v.cover_x = .95f * std::cos(angle), v.cover_y = .95f * std::sin(angle), v.cover_tone = r.uniform(.05f, .9f);
  v.cover_radius = r.chance(.2f * difficulty) ? radius : 0;
  v.texture_seed = r.word();
  return v;
}

}  // namespace

float Face::unit(int number, int side) const {
  const auto i = static_cast<std::size_t>(number);
  const float share = 1 + asymmetry * static_cast<float>(side);
  return std::clamp(rest[i] + intensity * share * apex[i], 0.0f, 1.2f);
}

Face random_face(std::uint64_t seed, std::uint32_t index, int emotion, float difficulty) {
  check(emotion >= 0 && emotion < 7, "faces: emotion must be 0 to 6, got ", emotion);
  check(difficulty >= 0 && difficulty <= 2, "faces: difficulty must be in [0, 2], got ", difficulty);
  Random random({seed, RandomStream::generator}, index);
  Face face;
  face.identity = random_identity(random);
  face.view = random_view(random, difficulty);
  face.asymmetry = random.uniform(-.25f, .25f);
  for (const int unit : kResting) {
    const float strength = random.uniform(0, .16f);
    face.rest[static_cast<std::size_t>(unit)] = random.chance(.3f) ? strength : 0;
  }
  const float strength = random.uniform(.8f, 1.05f);
  for (const Part& part : parts_of(emotion, random)) {
    const float amount = strength * random.uniform(part.low, part.high);
    if (random.chance(part.probability)) face.apex[static_cast<std::size_t>(part.unit)] = amount;
  }
  return face;
}

std::vector<Face> random_clip(std::uint64_t seed, std::uint32_t index, int emotion, float difficulty, int frames) {
  check(frames >= 2 && frames <= 1000, "faces: a clip has 2 to 1000 frames, got ", frames);
  const Face apex = random_face(seed, index, emotion, difficulty);
  Random random({seed, RandomStream::generator}, index, std::uint64_t{1} << 32);  // beyond what the face has drawn
  const auto spread = [&](float range) { return difficulty * random.uniform(-range, range); };
  const FacePose drift{spread(.1f),  spread(.16f), spread(.08f), std::exp(spread(.06f)),
                       spread(.05f), spread(.05f), spread(.03f), spread(.01f)};
  const float middle = random.uniform(.2f, .8f), lids = random.chance(.4f) ? 1 : 0;  // of a blink
  std::vector<Face> clip(static_cast<std::size_t>(frames), apex);
  for (int t = 0; t < frames; ++t) {
    Face& face = clip[static_cast<std::size_t>(t)];
    face.intensity = static_cast<float>(t) / static_cast<float>(frames - 1);
    const float left = 1 - face.intensity;
    FacePose& p = face.view.pose;
    p.roll += left * drift.roll, p.yaw += left * drift.yaw, p.pitch += left * drift.pitch;
    p.zoom *= std::pow(drift.zoom, left), p.dx += left * drift.dx, p.dy += left * drift.dy;
    p.gaze_x += left * drift.gaze_x, p.gaze_y += left * drift.gaze_y;
    const float closed = lids * std::max(0.0f, 1 - std::abs(face.intensity - middle) / .12f);
    face.rest[43] = std::max(face.rest[43], closed);
    face.view.frame = static_cast<std::uint32_t>(frames - 1 - t);
  }
  return clip;
}

}  // namespace mueca
