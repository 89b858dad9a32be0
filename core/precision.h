// How exactly a network is computed.
#pragma once
#include <string_view>

#include "core/device.h"

namespace mueca {

// float32; tf32: the operands of linear maps are rounded to TF32; bf16: activations and their gradients are stored in
// bfloat16, and weights rounded to it inside products. Sums, weights, statistics, losses and optimizers are float32
// always. The CPU keeps float32 whatever is set.
enum class Precision { float32, tf32, bf16 };

std::string_view name_of(Precision precision);
Precision parse_precision(std::string_view name);  // "float32" | "tf32" | "bf16"; throws Error

// Of this process, on `cuda` and `emulated`; float32 unless set.
void set_precision(Precision precision);
Precision precision();
// Whether networks on that device store their activations in bfloat16.
inline bool narrow_activations(Device device) { return device != Device::cpu && precision() == Precision::bf16; }

}  // namespace mueca
