// A build without cuDNN's headers has no peer.
#include "bench/cuda/cudnn_library.h"
#include "bench/cuda/cudnn_peers.h"

#ifndef MUECA_CUDNN
namespace mueca::bench {

std::vector<Peer> conv_peers(PeerContext&, Pass, const ConvShape&, bool, Math) { return {}; }
std::vector<Peer> norm_peers(PeerContext&, bool, bool, Activation, bool, float) { return {}; }
std::vector<Peer> conv_norm_peers(PeerContext&, const ConvShape&, Math, float) { return {}; }
std::vector<Peer> attention_peers(PeerContext&, bool, std::int64_t, std::int64_t, std::int64_t, std::int64_t) {
  return {};
}
std::vector<Peer> softmax_peers(PeerContext&, bool) { return {}; }
std::vector<Peer> pool_peers(PeerContext&, bool, bool) { return {}; }
std::shared_ptr<void> open_cudnn(Gpu&, std::string* why) {
  *why = "this build was made without cuDNN's headers";
  return nullptr;
}
std::string cudnn_version(void*) { return ""; }

}  // namespace mueca::bench
#endif
