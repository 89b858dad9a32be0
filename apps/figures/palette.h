// Colours of the figures: Okabe and Ito's palette, which colour-blind readers can tell apart (Wong, Nature Methods
// 2011). An emotion has the same colour in every plot, overlay and report.
#pragma once
#include <string_view>

#include "apps/figures/canvas.h"

namespace mueca {

inline constexpr Color kInk = rgb(0x222222), kGrid = rgb(0xdddddd), kMuted = rgb(0x666666);
inline constexpr Color kBlue = rgb(0x0072b2), kVermillion = rgb(0xd55e00);

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
  return rgb(0x888888);
}

// A single-hue scale from white to dark blue, even in lightness; share in [0, 1].
inline Color blues(double share) {
  constexpr Color stops[] = {rgb(0xffffff), rgb(0xb9d5ea), rgb(0x5a9fcd), rgb(0x0072b2), rgb(0x0b3a66)};
  const double place = share < 0 ? 0 : share > 1 ? 4 : 4 * share;
  const int i = place >= 4 ? 3 : static_cast<int>(place);
  return mix(stops[i], stops[i + 1], place - i);
}

}  // namespace mueca
