// Colours of the figures: Okabe and Ito's palette, which colour-blind readers can tell apart (Wong, Nature Methods
// 2011). An emotion has the same colour in every plot, overlay and report.
#pragma once
#include <string_view>

#include "apps/figures/canvas.h"

namespace mueca {

inline constexpr Color kInk = rgb(0x222222), kGrid = rgb(0xdddddd), kMuted = rgb(0x666666), kWhite = rgb(0xffffff);
inline constexpr Color kBlue = rgb(0x0072b2), kVermillion = rgb(0xd55e00), kUnknown = rgb(0x888888);

// By name; a class that is no emotion of ours gets gray.
constexpr Color emotion_color(std::string_view name) {
  struct Pair {
    std::string_view name;
    Color color;
  };
  constexpr Pair colors[] = {{"angry", rgb(0xd55e00)},   {"disgust", rgb(0x009e73)}, {"fear", rgb(0xcc79a7)},
                             {"happy", rgb(0xe69f00)},   {"sad", rgb(0x0072b2)},     {"surprise", rgb(0x56b4e9)},
                             {"neutral", rgb(0x000000)}, {"contempt", rgb(0xf0e442)}};
  for (const Pair& p : colors)
    if (p.name == name) return p.color;
  return kUnknown;
}

// The n-th of several series, the strongest on white first; from the eighth on the same again, darker.
inline Color series_color(int n) {
  constexpr Color colors[] = {rgb(0x0072b2), rgb(0xd55e00), rgb(0x009e73), rgb(0xcc79a7),
                              rgb(0x56b4e9), rgb(0xe69f00), rgb(0x555555)};
  constexpr int kCount = sizeof colors / sizeof *colors;
  const Color color = colors[n % kCount];
  return n < kCount ? color : mix(color, rgb(0x000000), 0.45);
}

// Of a class: an emotion's own colour, or a series'.
inline Color class_color(std::string_view name, int index) {
  const Color color = emotion_color(name);
  return color == kUnknown ? series_color(index) : color;
}

// As the colour, dark enough for words on white.
inline Color readable(Color color) {
  for (double share = 0; share < 1; share += 0.05)
    if (const Color darker = mix(color, rgb(0x000000), share); contrast(darker, kWhite) >= 4.5) return darker;
  return kInk;
}

// A scale from stop to stop; share in [0, 1].
template <int N>
Color between(const Color (&stops)[N], double share) {
  const double place = !(share > 0) ? 0 : share > 1 ? N - 1 : (N - 1) * share;
  const int i = place >= N - 1 ? N - 2 : static_cast<int>(place);
  return mix(stops[i], stops[i + 1], place - i);
}

// A single-hue scale from white to dark blue, even in lightness.
inline Color blues(double share) {
  constexpr Color stops[] = {rgb(0xffffff), rgb(0xb9d5ea), rgb(0x5a9fcd), rgb(0x0072b2), rgb(0x0b3a66)};
  return between(stops, share);
}

// From black over purple and orange to light yellow, even in lightness: nine stops of matplotlib's "inferno" (CC0).
inline Color inferno(double share) {
  constexpr Color stops[] = {rgb(0x000004), rgb(0x210c4a), rgb(0x57106e), rgb(0x8a226a), rgb(0xbc3754),
                             rgb(0xe45a31), rgb(0xf98e09), rgb(0xf9cb35), rgb(0xfcffa4)};
  return between(stops, share);
}

}  // namespace mueca
