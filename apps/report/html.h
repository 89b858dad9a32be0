// A story as one HTML file that needs nothing else: no network, no script, figures inside.
#pragma once
#include <string>

#include "apps/report/story.h"

namespace mueca {

// The whole page; equal stories give equal bytes. Its Content-Security-Policy allows this page's own style sheet, by
// its hash, and data: images, and nothing else.
std::string story_html(const Story& story);

}  // namespace mueca
