// Clips: rows of a pack that show one face as time goes by. A sequence model's answer for a row is what it says after
// the row's clip up to that row, so that everything that counts answers by row (labels, scores, tables) stays as it is.
#pragma once
#include <span>
#include <vector>

#include "data/pack.h"

namespace mueca {

Index first_of_clip(const Pack& pack, Index row);  // the row itself for a still

// One row per clip of `rows` (ascending, a clip's frames all or none): the frame `share` of the way from its first (0)
// to its last (1). Stills are left out. Throws Error when the pack has no clips.
std::vector<Index> clip_rows(const Pack& pack, std::span<const Index> rows, float share = 1);

// What a model of `frames` frames sees of each row: [N * frames] rows, evenly spread from the clip's first to that row;
// of a clip so far shorter than that the first frame comes again in front. With frames == 1 `rows` themselves.
std::vector<Index> frames_of(const Pack& pack, std::span<const Index> rows, int frames);

}  // namespace mueca
