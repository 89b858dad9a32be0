// FER+ (Barsoum et al. 2016): ten crowd votes for each image of FER2013.
#pragma once
#include <filesystem>

#include "data/pack.h"

namespace mueca {

// Gives each row of a pack of one source its votes: line n of `fer2013new.csv` (plain or .xz) belongs to row n of
// fer2013.csv, whatever the image number in the name says. Throws Error when the file has too few rows, a count is no
// number from 0 to 10, or a Usage differs from the row's split (the files do not belong together).
void attach_votes(Pack& pack, const std::filesystem::path& path);

// The class that more than half of the votes name, after votes that stand alone were removed as outliers (FERPlus'
// "majority" mode), as an index of class_names; -1 without one, or when it is contempt, unknown or not a face.
int majority_class(const Pack& pack, Index row);
// Rows with a majority_class, ascending.
std::vector<Index> rows_with_majority(const Pack& pack);
// Labels become majority classes; throws Error for a row without one.
void relabel_by_majority(Pack& pack);

// Rows where not every vote says "not a face", ascending. Throws Error for a pack without votes.
std::vector<Index> rows_with_faces(const Pack& pack);

}  // namespace mueca
