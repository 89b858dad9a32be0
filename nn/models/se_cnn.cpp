// se_cnn: baseline_cnn with squeeze-and-excitation (Hu et al. 2018) on each block's output, in front of its pooling.
// Reduction 16, at least 4 hidden units. With se = false it is baseline_cnn to the bit, so the ablation is one flag.
//
// variant flat (default), size 48, width 1: 3.51 M parameters
//   block1  conv 32, conv 64    [48, 48, 64]   SE 64-4-64     max-pool 2
//   block2  conv 128, conv 128  [24, 24, 128]  SE 128-8-128   max-pool 2
//   block3  conv 256, conv 256  [12, 12, 256]  SE 256-16-256  max-pool 2
//   fc      flatten 9216 -> 256, ReLU          dropout, predictions [classes]
// variant gap: blocks as baseline_cnn's, SE 32-4-32, 64-4-64, 128-8-128, 256-16-256.
// Reads: variant, classes, size, width, se, dropout, norm_momentum, seed. Input: one channel, (pixel - 127.5) / 64.
#include "nn/models/plain_cnn.h"

namespace mueca {

std::unique_ptr<Model> make_se_cnn(const ModelConfig& config, Device device) {
  return std::make_unique<PlainCnn>(config, device, config.se);
}

}  // namespace mueca
