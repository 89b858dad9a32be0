// cuDNN's softmax and pooling.
#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/cudnn_session.h"

#ifdef MUECA_CUDNN
#include "core/error.h"

namespace mueca::bench {
namespace {

const float kOne = 1, kZero = 0;

TensorDescriptor describe(PeerContext& context, const char* name, const Format& f) {
  const auto& e = context.host[context.at(name)].spec.extents;
  return tensor_descriptor(*session_of(context).cudnn, f, e[0], e[3], e[1], e[2]);
}

}  // namespace

std::vector<Peer> softmax_peers(PeerContext& context, bool backward) {
  CudnnSession& s = session_of(context);
  const Format f{Format::Filters::peer, Order::nhwc, Store::float32};
  const TensorDescriptor rows = describe(context, "y", f);
  std::vector<Peer> peers;
  for (const auto algorithm : {CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_FAST})
    for (const auto mode : {CUDNN_SOFTMAX_MODE_CHANNEL, CUDNN_SOFTMAX_MODE_INSTANCE}) {
      Peer p;
      p.name = "cuDNN softmax", p.format = f;
      p.engine = str(algorithm == CUDNN_SOFTMAX_FAST ? "fast" : "accurate",
                     mode == CUDNN_SOFTMAX_MODE_CHANNEL ? ", by channel" : ", by instance");
      p.run = [&s, rows, algorithm, mode, backward](void* const* t) {
        const Cudnn& c = *s.cudnn;
        if (backward)
          c.must(c.SoftmaxBackward(s.handle, algorithm, mode, &kOne, rows.get(), t[0], rows.get(), t[1], &kZero,
                                   rows.get(), t[2]),
                 "softmax backwards");
        else
          c.must(c.SoftmaxForward(s.handle, algorithm, mode, &kOne, rows.get(), t[0], &kZero, rows.get(), t[1]),
                 "softmax");
      };
      peers.push_back(std::move(p));
    }
  return peers;
}

std::vector<Peer> pool_peers(PeerContext& context, bool maximum, bool backward) {
  CudnnSession& s = session_of(context);
  const Cudnn& c = *s.cudnn;
  std::vector<Peer> peers;
  for (const Store store : {Store::float32, Store::bfloat16})
    for (const Order order : {Order::nhwc, Order::nchw}) {
      const Format f{Format::Filters::peer, order, store};
      try {
        cudnnPoolingDescriptor_t raw = nullptr;
        c.must(c.CreatePoolingDescriptor(&raw), "make a pooling");
        const Owned<cudnnPoolingDescriptor_t> how(raw, [&c](auto d) { c.DestroyPoolingDescriptor(d); });
        c.must(c.SetPooling2dDescriptor(raw, maximum ? CUDNN_POOLING_MAX : CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING,
                                        CUDNN_NOT_PROPAGATE_NAN, 2, 2, 0, 0, 2, 2),
               "describe a pooling");
        const bool average_back = backward && !maximum;  // asks for x and y, whose values it does not read
        const TensorDescriptor large = describe(context, backward ? "gx" : "x", f),
                               small = describe(context, backward ? "gy" : "y", f);
        Peer p;
        p.name = str("cuDNN pooling", order == Order::nhwc ? " NHWC" : " NCHW", ", ", text_of(store));
        p.format = f, p.math = math_of(store), p.engine = "2x2";
        p.run = [&s, how, large, small, backward, average_back](void* const* t) {
          const Cudnn& lib = *s.cudnn;
          cudnnStatus_t status;
          if (!backward)
            status = lib.PoolingForward(s.handle, how.get(), &kOne, large.get(), t[0], &kZero, small.get(), t[1]);
          else if (average_back)
            status = lib.PoolingBackward(s.handle, how.get(), &kOne, small.get(), t[0], small.get(), t[0], large.get(),
                                         t[1], &kZero, large.get(), t[1]);
          else
            status = lib.PoolingBackward(s.handle, how.get(), &kOne, small.get(), t[1], small.get(), t[2], large.get(),
                                         t[0], &kZero, large.get(), t[3]);
          lib.must(status, "pool");
        };
        peers.push_back(std::move(p));
      } catch (const Error& e) {
        context.left_out.push_back(str("cuDNN pooling: ", e.what()));
      }
    }
  return peers;
}

}  // namespace mueca::bench
#endif
