// How exactly the linear maps of a network are computed.
#pragma once
#include <string_view>

namespace mueca {

// What their operands may be rounded to; sums are float32 always. The CPU keeps float32 whatever is set.
enum class Precision { float32, tf32, bf16 };

std::string_view name_of(Precision precision);
Precision parse_precision(std::string_view name);  // "float32" | "tf32" | "bf16"; throws Error

// Of all linear maps of this process, on `cuda` and `emulated`; float32 unless set.
void set_precision(Precision precision);
Precision precision();

}  // namespace mueca
