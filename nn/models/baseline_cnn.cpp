// baseline_cnn: plain 3x3 convolutions (no bias, padding 1), each with batch-norm and ReLU.
//
// variant flat (default), size 48, width 1: 3.49 M parameters, 300 M multiply-adds
//   block1  conv 32, conv 64    [48, 48, 64]   max-pool 2
//   block2  conv 128, conv 128  [24, 24, 128]  max-pool 2
//   block3  conv 256, conv 256  [12, 12, 256]  max-pool 2
//   fc      flatten 9216 -> 256, ReLU          dropout, predictions [classes]
// variant gap: 1.18 M parameters, 118 M multiply-adds, good for an hour on a CPU
//   block1  conv 32 x 2    [48, 48, 32]   max-pool 2
//   block2  conv 64 x 2    [24, 24, 64]   max-pool 2
//   block3  conv 128 x 2   [12, 12, 128]  max-pool 2
//   block4  conv 256 x 2   [6, 6, 256]    global average pool, dropout, predictions [classes]
// Reads: variant, classes, size, width (channels rounded to multiples of 8), dropout, norm_momentum, seed.
// Input: one channel, (pixel - 127.5) / 64.
#include "nn/models/plain_cnn.h"

namespace mueca {

std::unique_ptr<Model> make_baseline_cnn(const ModelConfig& config, Device device) {
  return std::make_unique<PlainCnn>(config, device, false);
}

}  // namespace mueca
