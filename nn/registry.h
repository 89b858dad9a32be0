// The models by name.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "nn/model.h"

namespace mueca {

// Builds config.name with fresh initial values. Throws Error for an unknown name (listing the known ones) or a field
// outside its range.
std::unique_ptr<Model> make_model(const ModelConfig& config, Device device = Device::cpu);

std::vector<std::string> model_names();

}  // namespace mueca
