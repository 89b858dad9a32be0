// The built-in data set: drawn faces with the seven emotions, for the quick study and the tests; nothing to download.
#pragma once
#include <cstdint>

#include "data/pack.h"

namespace mueca {

struct FacesConfig {
  Index training = 5000, public_test = 700, private_test = 700;  // images; classes take turns
  int size = 48;
  std::uint64_t seed = 1;
  float difficulty = 1;
};

// Every image is a person of its own, drawn from (seed, split, number) alone: more images leave the first ones as they
// are, and the number of threads does not matter.
Pack generate_faces(const FacesConfig& config);

}  // namespace mueca
