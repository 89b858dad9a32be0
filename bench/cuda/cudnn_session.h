// cuDNN ready on a GPU: handle, room for engines, and descriptors of the older API that free themselves.
#pragma once
#include <memory>
#include <type_traits>

#include "bench/cuda/cudnn_plans.h"
#include "bench/cuda/peer.h"
#include "kernels/conv_shape.h"

#ifdef MUECA_CUDNN
namespace mueca::bench {

struct CudnnSession {
  std::shared_ptr<const Cudnn> cudnn;
  Gpu& gpu;
  cudnnHandle_t handle = nullptr;
  GraphTarget target;
  Memory workspace;
  static constexpr std::size_t kWorkspaceBytes = std::size_t{1} << 30;

  CudnnSession(std::shared_ptr<const Cudnn> library, Gpu& device);
  ~CudnnSession();
  CudnnSession(const CudnnSession&) = delete;
  CudnnSession& operator=(const CudnnSession&) = delete;
};
inline CudnnSession& session_of(PeerContext& context) { return *static_cast<CudnnSession*>(context.cudnn); }

// What a peer that stores so is called, and how its operands are rounded.
std::string text_of(Store store);  // "bf16 I/O"
Math math_of(Store store);

// A descriptor of the older API.
template <class Raw>
using Owned = std::shared_ptr<std::remove_pointer_t<Raw>>;

using TensorDescriptor = Owned<cudnnTensorDescriptor_t>;
// [N, C, H, W] in the order and type of the format.
TensorDescriptor tensor_descriptor(const Cudnn&, const Format&, std::int64_t n, std::int64_t c, std::int64_t h,
                                   std::int64_t w);
Owned<cudnnFilterDescriptor_t> filter_descriptor(const Cudnn&, const Format&, std::int64_t k, std::int64_t c,
                                                 std::int64_t r, std::int64_t s);
Owned<cudnnConvolutionDescriptor_t> convolution_descriptor(const Cudnn&, const ConvShape&, int groups,
                                                           cudnnMathType_t math);
Owned<cudnnActivationDescriptor_t> activation_descriptor(const Cudnn&, cudnnActivationMode_t mode, double limit = 0);

// A built graph on the job's tensors: runs[...] is one call. Variant packs are made once for each set.
class GraphRunner {
 public:
  GraphRunner(CudnnSession& session, EnginePlan plan, std::vector<std::int64_t> uids);
  const EnginePlan& plan() const { return plan_; }
  void operator()(const std::vector<void*>& tensors) const;  // pointers in the order of the uids

 private:
  CudnnSession& session_;
  EnginePlan plan_;
  std::vector<std::int64_t> uids_;
  std::shared_ptr<std::map<std::vector<void*>, Descriptor>> packs_;
};

// The fastest plan of a graph on sets of tensors, and the heuristic's first; empty where nothing runs.
struct TunedGraph {
  std::shared_ptr<GraphRunner> best, first;
};
// A first layer whose images have kept zero channels beside their own; forward alone. Throws Error where none runs.
void add_padded_peer(PeerContext& context, const ConvShape& d, Math math, Store store, std::vector<Peer>& peers);

TunedGraph tune(PeerContext& context, const Descriptor& graph, Math math, const std::vector<std::int64_t>& uids,
                const std::function<std::vector<void*>(int set)>& tensors);

}  // namespace mueca::bench
#endif
