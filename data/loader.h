// Loader: from rows of a pack to training batches and evaluation views, reproducible by (seed, epoch).
#pragma once
#include <map>
#include <span>
#include <vector>

#include "core/tensor.h"
#include "data/augmentation.h"
#include "data/pack.h"

namespace mueca {

// What a network takes in: size x size pixels, `channels` equal gray channels, value * scale + shift.
struct ImageFormat {
  int size = 48, channels = 1;
  float scale = 1.0f / 255, shift = 0;
  int frames = 1;  // above 1: each row stands for its clip up to there (data/clips.h), and x is [N, frames, S, S, C]
};

// Where the classes of a batch come from.
enum class Sampling {
  natural,   // every row once per epoch
  balanced,  // every class equally often; rows of rare classes come again, each time drawn anew
};

struct LoaderConfig {
  std::uint64_t seed = 0;
  int batch_size = 64;
  Sampling sampling = Sampling::natural;
  float label_smoothing = 0;  // e: (1 - e) t + e / K (Szegedy et al. 2016)
  bool soft_targets = false;  // FER+ votes of the pack's classes as distribution, where a row has such votes
  AugmentPolicy policy;
};

struct LoadedBatch {
  Tensor x;                 // [N, S, S, C], or [N, T, S, S, C]: all frames of a clip are drawn alike
  Tensor targets;           // [N, K]
  std::vector<Index> rows;  // [N] of the pack; with mixup the first of the two
};

// A batch is made in two halves, so that the second can be part of a recorded step (core/graph.h): draw() writes what
// the host decides - where each image comes from and how it is warped, and the targets - into tensors of the device
// that stay where they are; load() is the one kernel that makes the images from them and the pack's bytes.

class Loader {
 public:
  // Keeps the pack's images on `device` as bytes. Throws Error for no rows, a bad policy, or soft targets without
  // votes.
  Loader(const Pack& pack, std::vector<Index> rows, ImageFormat format, LoaderConfig config,
         Device device = Device::cpu);

  // Full batches per epoch. The shuffled epoch's remainder is dropped (other rows each epoch): a tiny last batch would
  // upset batch-norm. With fewer rows than batch_size there is one batch of all of them.
  Index batches() const;
  Index batch_size() const;

  // The rows of an epoch in order, with how often each has come before in it.
  std::vector<SamplePlace> order(std::uint32_t epoch) const;
  // Batch `batch` < batches() of an epoch: depends on nothing but seed, epoch and number. Not for concurrent calls.
  LoadedBatch get(std::uint32_t epoch, Index batch);
  // Its halves; the targets of load() are overwritten by the next draw().
  void draw(std::uint32_t epoch, Index batch);
  LoadedBatch load() const;

 private:
  void add_frames(const AugmentSample& sample, const SamplePlace& place, std::vector<AugmentSample>& samples) const;
  void target_row(const SamplePlace& place, float weight, float* target) const;

  Tensor images_;  // u8 [T, H, W] on the device
  ImageSize source_;
  std::vector<Index> rows_;
  std::map<Index, std::vector<std::vector<Index>>>
      clips_;                        // where format.frames > 1, by row: the frames that the model
                                     // sees when the row's clip ends with its 0th, 1st ... frame
  std::vector<std::int32_t> label_;  // [T]
  std::vector<float> votes_;  // [T, K] distributions, rows of zeros where there is none; empty without soft targets
  int classes_;
  ImageFormat format_;
  LoaderConfig config_;
  Tensor samples_, targets_;  // on the device: AugmentSample [N * frames] (core/records.h), [N, K]
  std::vector<Index> drawn_;  // [N] rows of the batch that lies there
  std::vector<SamplePlace> epoch_order_;
  std::int64_t cached_epoch_ = -1;
};

// Vote distributions over the pack's classes [T, K]: FER+ columns are matched by meaning (happiness -> happy); votes
// for other columns are left out. A row without votes for any class is all zeros. Throws Error when the pack has no
// votes.
std::vector<float> vote_targets(const Pack& pack);

// Rows as evaluation sees them: x [N, S, S, C] of one view (data/augmentation.h); with format.frames > 1 `rows` are
// those of frames_of(), and x is [N, frames, S, S, C]. `images` u8 [T, H, W].
Tensor load_view(const Tensor& images, std::span<const Index> rows, const AugmentView& view, const ImageFormat& format);

}  // namespace mueca
