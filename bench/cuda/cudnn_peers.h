// cuDNN's ways of doing our jobs. Each function tries what there is and returns what works; none without cuDNN.
#pragma once
#include <vector>

#include "bench/cuda/algorithms_of.h"
#include "bench/cuda/peer.h"
#include "core/kernel_args.h"

namespace mueca::bench {

std::vector<Peer> conv_peers(PeerContext&, Pass, const ConvShape&, bool depthwise, Math);
std::vector<Peer> norm_peers(PeerContext&, bool backward, bool inference, Activation, bool add, float epsilon);
// A convolution, batch normalisation in training and ReLU: x, w, gamma, beta to c, y, mean.
std::vector<Peer> conv_norm_peers(PeerContext&, const ConvShape&, Math, float epsilon);
std::vector<Peer> attention_peers(PeerContext&, bool backward, std::int64_t n, std::int64_t hw, std::int64_t c,
                                  std::int64_t d);
std::vector<Peer> softmax_peers(PeerContext&, bool backward);
std::vector<Peer> pool_peers(PeerContext&, bool maximum, bool backward);

// cuDNN ready on the device: null, with the reason, without a GPU, the library or its headers at build time.
std::shared_ptr<void> open_cudnn(Gpu& gpu, std::string* why);
std::string cudnn_version(void* session);  // "9.19.0"

}  // namespace mueca::bench
