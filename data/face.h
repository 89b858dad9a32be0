// A parametric face: who it is, what its muscles do, how it is seen. face_drawing.h turns it into pixels.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mueca {

// Lengths are in units of half the height of the head; x to the viewer's right, y down, the origin between nose bridge
// and nose tip. Tones are reflectances in [0, 1].
struct FaceIdentity {
  float width = 0.76f, jaw = 0.25f;  // half-width of the head; how much the jaw narrows towards the chin
  float eye_distance = 0.33f, eye_height = -0.16f, eye_width = 0.16f, eye_opening = 0.06f, eye_tilt = 0;
  float brow_height = 0.2f, brow_tilt = 0, brow_thickness = 0.045f;  // above the eye; outer end up; full thickness
  float nose_width = 0.1f, nose_length = 0.4f, nose_relief = 1;
  float mouth_height = 0.52f, mouth_width = 0.27f, mouth_curve = 0, upper_lip = 0.05f, lower_lip = 0.07f;
  float skin = 0.7f, lip_tone = 0.75f, iris = 0.25f, brow_tone = 0.35f;  // lip and brow relative to the skin
  float hair = 0.2f, hairline = -0.66f, fringe = 0.2f,
        hair_length = 0;                       // tone; lowest edge; curvature; 0 short, 1 long
  float beard = 0, moustache = 0, age = 0.2f;  // 0 none to 1; age deepens all wrinkles
  bool glasses = false;
};

// Intensity of each action unit of the Facial Action Coding System (Ekman & Friesen 1978) by its number, 0 to 1:
// 1 2 4 brows, 5 6 7 43 lids and cheeks, 9 nose, 10 12 15 17 20 23 24 25 26 27 mouth and jaw.
using ActionUnits = std::array<float, 44>;

struct FacePose {
  float roll = 0, yaw = 0, pitch = 0;  // radians
  float zoom = 1, dx = 0, dy = 0;      // 1: the image is 2 units wide; shift in units
  float gaze_x = 0, gaze_y = 0;        // of the irises, in units
};

// What stands between the face and its pixels.
struct FaceView {
  FacePose pose;
  float light_azimuth = 0, light_elevation = 0.5f, ambient = 0.45f;  // radians from the viewing direction
  float background = 0.5f, background_slope = 0;
  float blur = 0, noise = 0;            // standard deviations, in 1/48 of the image and in tones
  float exposure = .45f, contrast = 1;  // the mean tone that the camera aims at, and the spread around it
  float cover_x = 0, cover_y = 0, cover_radius = 0, cover_tone = 0;  // an occluding blob; radius 0: none
  std::uint64_t texture_seed = 0;
  std::uint32_t frame = 0;  // of a clip: its noise is its own
};

struct Face {
  FaceIdentity identity;
  ActionUnits rest{};  // small tensions of a face at rest
  ActionUnits apex{};  // of the emotion at its strongest; asymmetry shifts strength from one side to the other
  float asymmetry = 0;
  float intensity = 1;  // how much of the apex is shown: a clip from neutral to apex raises it from 0 to 1
  FaceView view;

  // Strength of an action unit on one side: side -1 is the viewer's left, +1 the right, 0 the middle.
  float unit(int number, int side = 0) const;
};

// The face number `index` of a seed, showing an emotion (index in emotion_names()). `difficulty` scales pose, light,
// occlusion, blur and noise; 1 is what the built-in set uses, 0 a frontal clean portrait.
Face random_face(std::uint64_t seed, std::uint32_t index, int emotion, float difficulty = 1);

// The same face from neutral to apex in at least two frames: intensity rises evenly from 0 to 1 while the head drifts
// to the pose of random_face, a blink may pass, and every frame has noise of its own. The last frame is random_face's.
std::vector<Face> random_clip(std::uint64_t seed, std::uint32_t index, int emotion, float difficulty, int frames);

}  // namespace mueca
