// The expression of the face that a camera or a clip shows, for a conversation.
#pragma once
#include <memory>
#include <string>

#include "apps/chat/expression.h"

namespace mueca {

// `source` as open_source's. A camera or stream is watched in a thread of its own while the object lives; of a clip
// each call of latest() looks at the next second, so that the same words with the same clip give the same notes. Throws
// Error when the source cannot be opened or the build has no OpenCV.
std::unique_ptr<ExpressionSource> open_expression_source(const std::string& source);

bool source_is_camera(const std::string& source);  // asking for consent is then due

}  // namespace mueca
