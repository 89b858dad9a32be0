// The commands that look at films and cameras; see apps/command.h.
#pragma once
#include "apps/command.h"

namespace mueca {

Action declare_video(CLI::App& app);    // cmd_video.cpp
Action declare_webcam(CLI::App& app);   // cmd_video.cpp
Action declare_capture(CLI::App& app);  // cmd_capture.cpp

}  // namespace mueca
