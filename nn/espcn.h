// ESPCN: super-resolution whose layers all work at the small image's size; the last one's channels are dealt out as the
// large image's pixels (Shi et al. 2016, "Real-time single image and video super-resolution using an efficient
// sub-pixel convolutional neural network"). Two differences from the paper: relu for tanh, and the network predicts
// what bilinear upsampling lacks, so that it starts as good as that and minutes of training are enough.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>

#include "nn/layers.h"

namespace mueca {

// x [N, H, W, r * r] -> [N, H * r, W * r, 1]: y[n, h * r + i, w * r + j] = x[n, h, w, i * r + j].
Tensor depth_to_space(const Tensor& x, int factor);

class Espcn {
 public:
  static constexpr int kLeastFactor = 2, kMostFactor = 4;
  explicit Espcn(int factor, std::uint64_t seed = 0);  // throws Error for another factor

  int factor() const { return factor_; }
  Tensor operator()(const Tensor& x) const;    // [N, H, W, 1] in [0, 1] -> [N, H * factor, W * factor, 1], not clamped
  Tensor upscale(const Tensor& images) const;  // u8 [T, H, W] -> u8 [T, H * factor, W * factor], rounded

  ParameterSet parameters;

 private:
  int factor_;
  Conv wide_, narrow_, pixels_;
};

// Mean squared error of two tensors of one shape; its gradient goes back through `prediction`.
double backward_squared_error(const Tensor& prediction, const Tensor& target);

struct EspcnTraining {
  int epochs = 8, batch = 16;
  float lr = 2e-3f;  // the highest: Adam, one cycle (nn/schedule.h)
  std::uint64_t seed = 0;
};

struct EspcnStep {
  int epoch = 0;           // from 0
  Index done = 0, of = 0;  // steps of this epoch
  double error = 0;        // mean squared error of this epoch so far, pixels in [0, 1]
};

// Fits the network to pairs: small u8 [T, H, W], large u8 [T, H * factor, W * factor]. `go_on` is asked after each
// step; false ends the training. Returns whether it ran to its end. Same seed and threads, same weights.
bool train_espcn(Espcn& network, const Tensor& small, const Tensor& large, const EspcnTraining& how,
                 const std::function<bool(const EspcnStep&)>& go_on);

// Weights alone, whole or not at all. Equal weights give equal bytes.
void save_espcn(const std::filesystem::path& path, const Espcn& network);
// Throws Error that names the file and what is wrong: no such network, another version, shape or a value not finite.
std::unique_ptr<Espcn> load_espcn(const std::filesystem::path& path);

}  // namespace mueca
