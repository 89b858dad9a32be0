// The first layer as cuDNN likes it: images padded with zero channels, as a user would keep them, so that its tensor
// cores take them. Forward alone; its gradient of the filter would come padded, too.
#include "bench/cuda/cudnn_operations.h"
#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/cudnn_session.h"

#ifdef MUECA_CUDNN
#include "core/error.h"

namespace mueca::bench {
namespace {

constexpr std::int64_t kChannels = 8;

// [..., C, inner] with the channels up to kChannels filled with zeros.
HostTensor padded(const HostTensor& t, std::size_t axis) {
  HostTensor wide{t.spec, {}, {}};
  wide.spec.extents[axis] = kChannels;
  wide.values.assign(static_cast<std::size_t>(wide.spec.count()), 0.0f);
  const std::int64_t inner = axis + 1 < t.spec.extents.size() ? t.spec.extents[axis + 1] : 1, c = t.spec.extents[axis];
  for (std::int64_t i = 0; i < t.spec.count(); ++i)
    wide.values[static_cast<std::size_t>(i / inner / c * kChannels * inner + i % (c * inner))] =
        t.values[static_cast<std::size_t>(i)];
  return wide;
}

}  // namespace

void add_padded_peer(PeerContext& context, const ConvShape& d, Math math, Store store, std::vector<Peer>& peers) {
  const Format f{Format::Filters::peer, Order::nhwc, store};
  const auto host =
      std::make_shared<const HostTensors>(HostTensors{padded(context.host[0], 3), padded(context.host[1], 2)});
  const auto wide = std::make_shared<DeviceTensors>(context.gpu, *host, f, context.protocol.sets);
  ConvShape shape = d;
  shape.c = kChannels;
  DeviceTensors& tensors = context.tensors(f);
  const auto set_of = [&tensors, host, wide, sets = context.protocol.sets](void* const* t) {
    for (int i = 0; i < sets; ++i)
      if (tensors.set(i)[2] == t[2]) return std::vector<void*>{wide->set(i)[0], wide->set(i)[1], t[2]};
    throw Error("cuDNN padded: tensors of no set");
  };
  const TunedGraph tuned =
      tune(context, convolution_graph(session_of(context).target, Pass::forward, shape, false, store, f.order), math,
           {1, 2, 3}, [&](int set) { return set_of(tensors.set(set)); });
  check(tuned.best != nullptr, "no engine");
  Peer p;
  p.name = str("cuDNN graph, channels padded to ", kChannels, ", NHWC, ", text_of(store));
  p.format = f, p.math = math, p.engine = tuned.best->plan().engine;
  p.workspace = static_cast<std::size_t>(tuned.best->plan().workspace);
  p.run = [best = tuned.best, set_of](void* const* t) { (*best)(set_of(t)); };
  peers.push_back(std::move(p));
}

}  // namespace mueca::bench
#endif
