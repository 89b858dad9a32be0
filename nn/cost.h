// What a network costs.
#pragma once
#include <cstdint>

#include "nn/model.h"

namespace mueca {

// Multiply-adds of one image (or clip) through the model: those of convolutions, dense layers, squeeze-and-excitation's
// dense layers and recurrent units, as papers count them; normalisation, pooling and activations are left out.
std::int64_t multiply_adds(Model& model);

// Floating-point operations of training on so many images: two per multiply-add, and the backward pass taken as twice
// the forward one (Kaplan et al. 2020, section 2.1).
double training_flop(std::int64_t multiply_adds, std::int64_t images);

}  // namespace mueca
