// "0-7,12,20-29": rows of a pack as a user names them.
#pragma once
#include <string>
#include <vector>

#include "core/shape.h"

namespace mueca {

// In the given order, ends included. Throws Error for anything else and for rows outside [0, rows).
std::vector<Index> parse_rows(const std::string& text, Index rows);

}  // namespace mueca
