// A film that needs no camera: a drawn person who pulls one face after the other.
#pragma once
#include "apps/faces/frame_source.h"

namespace mueca {

// "drawn" or "drawn:FRAMES"; 640 x 480, 25 frames per second, two seconds per emotion, the same every time.
std::unique_ptr<FrameSource> drawn_source(const std::string& what);
bool names_drawn(const std::string& what);

}  // namespace mueca
