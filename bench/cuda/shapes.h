// The shapes that are measured: layers of the three networks at 48 pixels, and a sweep of others that are often quoted.
#pragma once
#include <span>
#include <vector>

#include "kernels/conv_shape.h"

namespace mueca::bench {

struct Layer {
  const char* network;
  std::int64_t size, c, k;  // input pixels along an edge, channels in and out
  std::int64_t filter;
  int stride;
};
struct Plane {
  const char* network;
  std::int64_t size, channels;  // [N, size, size, channels]
};

enum class Scale {
  full,
  tiny,  // a few pixels and channels, to rehearse on the executor
};
std::vector<Layer> convolutions(Scale scale);
std::vector<Layer> depthwise_layers(Scale scale);  // c = k
std::vector<Plane> norm_planes(Scale scale);       // what batch normalisation sees
std::vector<Plane> attention_planes(Scale scale);  // what squeeze-and-excitation sees
std::vector<Plane> pool_planes(Scale scale);

// Padded by half the filter on every side: the work of Keras' padding, in the form that all peers know.
ConvShape conv_shape_of(const Layer& layer, std::int64_t batch);
std::string text_of(const Layer& layer, std::int64_t batch);  // "se_resnet:64x48x48x32-64k3s2"
std::string text_of(const Plane& plane, std::int64_t batch);  // "baseline:256x24x24x128"
// Layers of the sweep have one batch of their own.
bool in_sweep(const char* network);

}  // namespace mueca::bench
