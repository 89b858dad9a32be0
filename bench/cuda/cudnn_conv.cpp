// Convolutions by cuDNN: the older API's search over its algorithms and the graph API's over its engines, in both
// layouts and in every type that computes what ours computes.
#include "bench/cuda/cudnn_operations.h"
#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/cudnn_session.h"

#ifdef MUECA_CUDNN
#include <algorithm>

#include "core/error.h"

namespace mueca::bench {
namespace {

cudnnMathType_t math_type(Math math, Store store) {
  if (math == Math::float32) return CUDNN_FMA_MATH;
  if (math == Math::tf32) return CUDNN_DEFAULT_MATH;  // TF32 on float32 tensors
  return store == Store::bfloat16 ? CUDNN_TENSOR_OP_MATH : CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION;
}

std::string text_of(const Format& f) { return str(f.order == Order::nhwc ? "NHWC, " : "NCHW, ", text_of(f.store)); }

struct Choice {
  int algorithm = 0;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
  std::size_t workspace = 0;
};

// The first entry that ran, fits and computes in a type that is asked for. Searches also try other math types.
template <class Perf>
std::vector<Choice> usable(const std::vector<Perf>& found, Math math, cudnnMathType_t wanted) {
  std::vector<Choice> all;
  for (const Perf& p : found) {
    if (p.status != CUDNN_STATUS_SUCCESS || p.memory > CudnnSession::kWorkspaceBytes) continue;
    if (math == Math::float32 && p.mathType != CUDNN_FMA_MATH) continue;
    if (math == Math::tf32 && p.mathType == CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION) continue;
    if (math == Math::tf32 && p.mathType == CUDNN_FMA_MATH && wanted != CUDNN_FMA_MATH) continue;
    all.push_back({static_cast<int>(p.algo), p.mathType, p.memory});
  }
  return all;
}

// One pass of the older API on one format.
class OlderConv {
 public:
  OlderConv(CudnnSession& session, Pass pass, const ConvShape& d, bool depthwise, const Format& f, Math math)
      : session_(session), c_(*session.cudnn), pass_(pass), math_(math), wanted_(math_type(math, f.store)) {
    x_ = tensor_descriptor(c_, f, d.n, d.c, d.h, d.w);
    w_ = filter_descriptor(c_, f, d.k, depthwise ? 1 : d.c, d.r, d.s);
    y_ = tensor_descriptor(c_, f, d.n, d.k, d.p, d.q);
    conv_ = convolution_descriptor(c_, d, depthwise ? static_cast<int>(d.c) : 1, wanted_);
  }

  // Fastest first, by cuDNN's own timing on these tensors; or, unmeasured, as its heuristic ranks them.
  std::vector<Choice> search(void* const* t, bool measured) const {
    int count = 0;
    void* const room = session_.workspace.get();
    const std::size_t bytes = CudnnSession::kWorkspaceBytes;
    const auto list = [&](auto perfs, auto find, auto guess) {
      perfs.resize(32);
      const int most = static_cast<int>(perfs.size());
      c_.must(measured ? find(most, perfs.data()) : guess(most, perfs.data()), "search");
      perfs.resize(static_cast<std::size_t>(std::clamp(count, 0, most)));
      return usable(perfs, math_, wanted_);
    };
    if (pass_ == Pass::forward)
      return list(
          std::vector<cudnnConvolutionFwdAlgoPerf_t>(),
          [&](int most, auto* p) {
            return c_.FindConvolutionForwardAlgorithmEx(session_.handle, x_.get(), t[0], w_.get(), t[1], conv_.get(),
                                                        y_.get(), t[2], most, &count, p, room, bytes);
          },
          [&](int most, auto* p) {
            return c_.GetConvolutionForwardAlgorithm_v7(session_.handle, x_.get(), w_.get(), conv_.get(), y_.get(),
                                                        most, &count, p);
          });
    if (pass_ == Pass::backward_data)
      return list(
          std::vector<cudnnConvolutionBwdDataAlgoPerf_t>(),
          [&](int most, auto* p) {
            return c_.FindConvolutionBackwardDataAlgorithmEx(session_.handle, w_.get(), t[1], y_.get(), t[0],
                                                             conv_.get(), x_.get(), t[2], most, &count, p, room, bytes);
          },
          [&](int most, auto* p) {
            return c_.GetConvolutionBackwardDataAlgorithm_v7(session_.handle, w_.get(), y_.get(), conv_.get(), x_.get(),
                                                             most, &count, p);
          });
    return list(
        std::vector<cudnnConvolutionBwdFilterAlgoPerf_t>(),
        [&](int most, auto* p) {
          return c_.FindConvolutionBackwardFilterAlgorithmEx(session_.handle, x_.get(), t[0], y_.get(), t[1],
                                                             conv_.get(), w_.get(), t[2], most, &count, p, room, bytes);
        },
        [&](int most, auto* p) {
          return c_.GetConvolutionBackwardFilterAlgorithm_v7(session_.handle, x_.get(), y_.get(), conv_.get(), w_.get(),
                                                             most, &count, p);
        });
  }

  void run(const Choice& choice, void* const* t) const {
    const float one = 1, zero = 0;
    void* const room = session_.workspace.get();
    c_.must(c_.SetConvolutionMathType(conv_.get(), choice.math), "set the math type");
    cudnnStatus_t status;
    if (pass_ == Pass::forward)
      status = c_.ConvolutionForward(session_.handle, &one, x_.get(), t[0], w_.get(), t[1], conv_.get(),
                                     static_cast<cudnnConvolutionFwdAlgo_t>(choice.algorithm), room, choice.workspace,
                                     &zero, y_.get(), t[2]);
    else if (pass_ == Pass::backward_data)
      status = c_.ConvolutionBackwardData(session_.handle, &one, w_.get(), t[1], y_.get(), t[0], conv_.get(),
                                          static_cast<cudnnConvolutionBwdDataAlgo_t>(choice.algorithm), room,
                                          choice.workspace, &zero, x_.get(), t[2]);
    else
      status = c_.ConvolutionBackwardFilter(session_.handle, &one, x_.get(), t[0], y_.get(), t[1], conv_.get(),
                                            static_cast<cudnnConvolutionBwdFilterAlgo_t>(choice.algorithm), room,
                                            choice.workspace, &zero, w_.get(), t[2]);
    c_.must(status, "convolve");
  }

 private:
  CudnnSession& session_;
  const Cudnn& c_;
  Pass pass_;
  Math math_;
  cudnnMathType_t wanted_;
  TensorDescriptor x_, y_;
  Owned<cudnnFilterDescriptor_t> w_;
  Owned<cudnnConvolutionDescriptor_t> conv_;
};

void add_older(PeerContext& context, Pass pass, const ConvShape& d, bool depthwise, Math math, const Format& f,
               std::vector<Peer>& peers) {
  const auto conv = std::make_shared<OlderConv>(session_of(context), pass, d, depthwise, f, math);
  for (const bool measured : {true, false}) {
    const auto choices = conv->search(context.tensors(f).set(0), measured);
    if (choices.empty()) continue;
    const Choice best = choices.front();
    Peer p;
    p.name = str(measured ? "cuDNN find " : "cuDNN v7 heuristic ", text_of(f));
    p.format = f, p.math = math, p.workspace = best.workspace, p.first_choice = !measured;
    p.engine = str("algorithm ", best.algorithm, ", math type ", static_cast<int>(best.math));
    p.run = [conv, best](void* const* t) { conv->run(best, t); };
    peers.push_back(std::move(p));
  }
}

void add_graph(PeerContext& context, Pass pass, const ConvShape& d, bool depthwise, Math math, const Format& f,
               std::vector<Peer>& peers) {
  const Descriptor graph = convolution_graph(session_of(context).target, pass, d, depthwise, f.store, f.order);
  DeviceTensors& tensors = context.tensors(f);
  const TunedGraph tuned = tune(context, graph, math, {1, 2, 3},
                                [&](int set) { return std::vector<void*>(tensors.set(set), tensors.set(set) + 3); });
  std::vector<std::shared_ptr<GraphRunner>> runners = {tuned.best, tuned.first};
  if (tuned.best == tuned.first) runners.pop_back();
  for (const auto& runner : runners) {
    if (!runner) continue;
    Peer p;
    p.name = str(runner == tuned.best ? "cuDNN graph " : "cuDNN graph heuristic ", text_of(f));
    p.format = f, p.math = math, p.engine = runner->plan().engine;
    p.workspace = static_cast<std::size_t>(runner->plan().workspace);
    p.first_choice = runner == tuned.first;
    p.run = [runner](void* const* t) { (*runner)({t[0], t[1], t[2]}); };
    peers.push_back(std::move(p));
  }
}

}  // namespace

std::vector<Peer> conv_peers(PeerContext& context, Pass pass, const ConvShape& d, bool depthwise, Math math) {
  std::vector<Peer> peers;
  for (const Store store : {Store::float32, Store::bfloat16})
    for (const Order order : {Order::nhwc, Order::nchw}) {
      if (store == Store::bfloat16 && math != Math::bf16 && !depthwise) continue;
      const Format f{Format::Filters::peer, order, store};
      const Math theirs = store == Store::bfloat16 ? Math::bf16 : math;
      if (d.c < 8 && !depthwise && pass == Pass::forward && order == Order::nhwc) try {
          add_padded_peer(context, d, theirs, store, peers);
        } catch (const Error& e) {
          context.left_out.push_back(str("cuDNN padded, ", text_of(f), ": ", e.what()));
        }
      for (const auto add : {add_older, add_graph}) try {
          add(context, pass, d, depthwise, theirs, f, peers);
        } catch (const Error& e) {
          context.left_out.push_back(str("cuDNN ", text_of(f), ": ", e.what()));
        }
    }
  return peers;
}

}  // namespace mueca::bench
#endif
