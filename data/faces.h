// The built-in data set: drawn faces with the seven emotions, for the quick study and the tests; nothing to download.
// Softmax regression on its pixels reaches a third of the test faces, a small CNN 97 % (see faces_test.cpp and below):
//   mueca data faces --out f.h5 --training 4000 --private-test 1400
//   mueca train --data f.h5 --model baseline_cnn --set variant=gap --set width=0.5 --set dropout=0.2 --batch 32
//     --ema 0.99 --schedule one_cycle --lr 3e-3 --augment light --epochs 8      -> private_test 97.1 % (96.1 to 97.9)
#pragma once
#include <cstdint>

#include "data/pack.h"

namespace mueca {

struct FacesConfig {
  Index training = 5000, public_test = 700, private_test = 700;  // images or clips; classes take turns
  int frames = 1;  // of each clip from neutral to apex (data/face.h); 1: stills at the apex
  int size = 48;
  std::uint64_t seed = 1;
  float difficulty = 1;
};

// Every image or clip is a person of its own, drawn from (seed, split, number) alone: more images leave the first ones
// as they are, and the number of threads does not matter.
Pack generate_faces(const FacesConfig& config);

}  // namespace mueca
