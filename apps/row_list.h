// "0-7,12,20-29": rows of a pack as a user names them.
#pragma once
#include <string>
#include <vector>

#include "data/pack.h"

namespace mueca {

// In the given order, ends included. Throws Error for anything else and for rows outside [0, rows).
std::vector<Index> parse_rows(const std::string& text, Index rows);

// What --rows and --split choose: one of them, or neither for all. Throws UsageError for both, Error for no rows.
std::vector<Index> chosen_rows(const Pack& pack, const std::string& rows, const std::string& split);

}  // namespace mueca
