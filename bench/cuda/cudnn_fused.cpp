// A convolution with batch normalisation and ReLU behind it: as cuDNN's two operations, and as the graphs that fuse the
// statistics into the convolution (sums with the convolution, a small graph for mean and scale, one to normalise).
#include "bench/cuda/cudnn_norm.h"
#include "bench/cuda/cudnn_operations.h"
#include "bench/cuda/cudnn_peers.h"

#ifdef MUECA_CUDNN
#include "core/error.h"

namespace mueca::bench {
namespace {

// cuDNN's fastest convolution to c, then its normalisation of c.
void add_pair(PeerContext& context, const ConvShape& d, Math math, Store store, float epsilon,
              std::vector<Peer>& peers) {
  const Format f{Format::Filters::peer, Order::nhwc, store};
  const Math theirs = store == Store::float32 ? math : math_of(store);
  DeviceTensors& tensors = context.tensors(f);
  const std::size_t c = context.at("c"), y = context.at("y");
  const auto conv =
      tune(context, convolution_graph(session_of(context).target, Pass::forward, d, false, store, f.order), theirs,
           {1, 2, 3}, [&](int set) {
             void* const* t = tensors.set(set);
             return std::vector<void*>{t[0], t[1], t[c]};
           });
  check(conv.best != nullptr, "no engine convolves");
  for (const auto mode : {CUDNN_BATCHNORM_SPATIAL, CUDNN_BATCHNORM_SPATIAL_PERSISTENT})
    for (const bool fused : {false, true}) try {
        const auto norm =
            std::make_shared<Norm>(context, NormWay{mode, fused, f}, Activation::relu, false, epsilon, "c");
        Peer p;
        p.name = str("cuDNN convolution, then ", fused ? "fused " : "", "batch norm NHWC, ", text_of(store));
        p.format = f, p.math = theirs, p.engine = conv.best->plan().engine;
        p.workspace = static_cast<std::size_t>(conv.best->plan().workspace);
        p.not_given = {context.at("variance")};
        p.run = [conv, norm, c, y](void* const* t) {
          (*conv.best)({t[0], t[1], t[c]});
          norm->forward(t, t[y]);
        };
        peers.push_back(std::move(p));
      } catch (const Error& e) {
        context.left_out.push_back(str("cuDNN batch norm, ", text_of(store), ": ", e.what()));
      }
}

// What the three graphs hand to each other.
struct Fused {
  TunedGraph convolve, finish, normalise;
  Memory vectors;  // sum, squares, running mean and variance, new ones, inverse, scale, bias: [9, K]
  std::int64_t channels = 0, count = 0;
  float epsilon = 0, momentum = 0.1f;

  void* vector(int i) const { return static_cast<float*>(vectors.get()) + i * channels; }
  std::vector<void*> of_convolve(void* const* t, std::size_t c) const {
    return {t[0], t[1], t[c], vector(0), vector(1)};
  }
  std::vector<void*> of_finish(void* const* t, std::size_t gamma, std::size_t mean) {
    return {vector(0), vector(1), t[gamma],  t[gamma + 1], vector(2), vector(3), vector(4), vector(5),
            t[mean],   vector(6), vector(7), vector(8),    &epsilon,  &momentum, &count};
  }
  std::vector<void*> of_normalise(void* const* t, std::size_t c, std::size_t y) const {
    return {t[c], vector(7), vector(8), t[y]};
  }
};

void add_fused(PeerContext& context, const ConvShape& d, Store store, float epsilon, std::vector<Peer>& peers) {
  CudnnSession& s = session_of(context);
  const Format f{Format::Filters::peer, Order::nhwc, store};
  const Math math = math_of(store);
  DeviceTensors& tensors = context.tensors(f);
  const std::size_t c = context.at("c"), y = context.at("y"), gamma = context.at("gamma"), mean = context.at("mean");
  const auto fused = std::make_shared<Fused>();
  fused->channels = d.k, fused->count = d.n * d.p * d.q, fused->epsilon = epsilon;
  fused->vectors = s.gpu.allocate(9 * static_cast<std::size_t>(d.k) * sizeof(float));
  const std::vector<float> ones(9 * static_cast<std::size_t>(d.k), 1.0f);
  s.gpu.upload(fused->vectors.get(), ones.data(), ones.size() * sizeof(float));
  fused->convolve = tune(context, convolution_statistics_graph(s.target, d, store), math, {1, 2, 3, 4, 5},
                         [&](int set) { return fused->of_convolve(tensors.set(set), c); });
  check(fused->convolve.best != nullptr, "no engine convolves and sums");
  fused->finish = tune(context, finalise_statistics_graph(s.target, d.k), Math::bf16,
                       {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                       [&](int set) { return fused->of_finish(tensors.set(set), gamma, mean); });
  check(fused->finish.best != nullptr, "no engine finishes the statistics");
  fused->normalise = tune(context, normalise_graph(s.target, {d.n, d.k, d.p, d.q}, store, false, true), Math::bf16,
                          {1, 2, 3, 4}, [&](int set) { return fused->of_normalise(tensors.set(set), c, y); });
  check(fused->normalise.best != nullptr, "no engine normalises");
  Peer p;
  p.name = str("cuDNN fused graphs NHWC, ", text_of(store));
  p.format = f, p.math = math, p.engine = fused->convolve.best->plan().engine;
  p.workspace = static_cast<std::size_t>(fused->convolve.best->plan().workspace);
  p.not_given = {context.at("variance")};
  p.run = [fused, c, y, gamma, mean](void* const* t) {
    (*fused->convolve.best)(fused->of_convolve(t, c));
    (*fused->finish.best)(fused->of_finish(t, gamma, mean));
    (*fused->normalise.best)(fused->of_normalise(t, c, y));
  };
  peers.push_back(std::move(p));
}

}  // namespace

std::vector<Peer> conv_norm_peers(PeerContext& context, const ConvShape& d, Math math, float epsilon) {
  std::vector<Peer> peers;
  for (const Store store : {Store::float32, Store::bfloat16, Store::float16}) {
    try {
      add_pair(context, d, math, store, epsilon, peers);
    } catch (const Error& e) {
      context.left_out.push_back(str("cuDNN convolution and batch norm, ", text_of(store), ": ", e.what()));
    }
    try {
      add_fused(context, d, store, epsilon, peers);
    } catch (const Error& e) {
      context.left_out.push_back(str("cuDNN fused graphs, ", text_of(store), ": ", e.what()));
    }
  }
  return peers;
}

}  // namespace mueca::bench
#endif
