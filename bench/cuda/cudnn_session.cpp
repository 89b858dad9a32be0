#include "bench/cuda/cudnn_session.h"

#ifdef MUECA_CUDNN
#include "bench/cuda/cudnn_operations.h"
#include "bench/cuda/cudnn_peers.h"
#include "core/error.h"

namespace mueca::bench {
namespace {

template <class Raw, class Create, class Destroy>
Owned<Raw> own(const Cudnn& c, Create create, Destroy destroy, const char* what) {
  Raw raw = nullptr;
  c.must(create(&raw), what);
  return Owned<Raw>(raw, [destroy](Raw d) { destroy(d); });
}

int whole(std::int64_t v) { return static_cast<int>(v); }
cudnnTensorFormat_t order_of(const Format& f) { return f.order == Order::nhwc ? CUDNN_TENSOR_NHWC : CUDNN_TENSOR_NCHW; }

}  // namespace

CudnnSession::CudnnSession(std::shared_ptr<const Cudnn> library, Gpu& device) : cudnn(std::move(library)), gpu(device) {
  cudnn->must(cudnn->Create(&handle), "make a handle");
  cudnn->must(cudnn->SetStream(handle, static_cast<cudaStream_t>(gpu.stream().handle)), "set the stream");
  target = {cudnn.get(), handle, {}};
  workspace = gpu.allocate(kWorkspaceBytes);
}
CudnnSession::~CudnnSession() {
  if (handle) cudnn->Destroy(handle);
}

std::string text_of(Store store) {
  return store == Store::float32 ? "float32 I/O" : store == Store::bfloat16 ? "bf16 I/O" : "half I/O";
}
Math math_of(Store store) {  // half has as many bits as tf32
  return store == Store::float32 ? Math::float32 : store == Store::bfloat16 ? Math::bf16 : Math::tf32;
}

std::shared_ptr<void> open_cudnn(Gpu& gpu, std::string* why) {
  if (gpu.device() != Device::cuda) {
    *why = "the executor is no GPU";
    return nullptr;
  }
  try {
    auto library = Cudnn::load(why);
    return library ? std::make_shared<CudnnSession>(std::move(library), gpu) : nullptr;
  } catch (const std::exception& e) {
    *why = e.what();
    return nullptr;
  }
}
std::string cudnn_version(void* session) { return static_cast<CudnnSession*>(session)->cudnn->version(); }

TensorDescriptor tensor_descriptor(const Cudnn& c, const Format& f, std::int64_t n, std::int64_t channels,
                                   std::int64_t h, std::int64_t w) {
  auto d = own<cudnnTensorDescriptor_t>(c, c.CreateTensorDescriptor, c.DestroyTensorDescriptor, "make a tensor");
  c.must(c.SetTensor4dDescriptor(d.get(), order_of(f), type_of(f.store), whole(n), whole(channels), whole(h), whole(w)),
         "describe a tensor");
  return d;
}
Owned<cudnnFilterDescriptor_t> filter_descriptor(const Cudnn& c, const Format& f, std::int64_t k, std::int64_t channels,
                                                 std::int64_t r, std::int64_t s) {
  auto d = own<cudnnFilterDescriptor_t>(c, c.CreateFilterDescriptor, c.DestroyFilterDescriptor, "make a filter");
  c.must(c.SetFilter4dDescriptor(d.get(), type_of(f.store), order_of(f), whole(k), whole(channels), whole(r), whole(s)),
         "describe a filter");
  return d;
}
Owned<cudnnConvolutionDescriptor_t> convolution_descriptor(const Cudnn& c, const ConvShape& d, int groups,
                                                           cudnnMathType_t math) {
  check(d.top == d.bottom && d.left == d.right, "cuDNN's older API pads both sides alike");
  auto conv = own<cudnnConvolutionDescriptor_t>(c, c.CreateConvolutionDescriptor, c.DestroyConvolutionDescriptor,
                                                "make a convolution");
  const int stride = whole(d.stride);
  c.must(c.SetConvolution2dDescriptor(conv.get(), whole(d.top), whole(d.left), stride, stride, 1, 1,
                                      CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
         "describe a convolution");
  c.must(c.SetConvolutionGroupCount(conv.get(), groups), "set groups");
  c.must(c.SetConvolutionMathType(conv.get(), math), "set the math type");
  return conv;
}
Owned<cudnnActivationDescriptor_t> activation_descriptor(const Cudnn& c, cudnnActivationMode_t mode, double limit) {
  auto d = own<cudnnActivationDescriptor_t>(c, c.CreateActivationDescriptor, c.DestroyActivationDescriptor,
                                            "make an activation");
  c.must(c.SetActivationDescriptor(d.get(), mode, CUDNN_NOT_PROPAGATE_NAN, limit), "describe an activation");
  return d;
}

GraphRunner::GraphRunner(CudnnSession& session, EnginePlan plan, std::vector<std::int64_t> uids)
    : session_(session),
      plan_(std::move(plan)),
      uids_(std::move(uids)),
      packs_(std::make_shared<std::map<std::vector<void*>, Descriptor>>()) {}

void GraphRunner::operator()(const std::vector<void*>& tensors) const {
  const Cudnn& c = *session_.cudnn;
  auto found = packs_->find(tensors);
  if (found == packs_->end()) {
    check(tensors.size() == uids_.size(), "cuDNN graph: ", uids_.size(), " tensors expected, got ", tensors.size());
    void* const room = session_.workspace.get();
    Descriptor pack(c, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, uids_);
    pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, std::ssize(tensors), tensors.data());
    pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &room).finalise();
    found = packs_->emplace(tensors, std::move(pack)).first;
  }
  c.must(c.BackendExecute(session_.handle, plan_.plan.raw(), found->second.raw()), "run a graph");
}

TunedGraph tune(PeerContext& context, const Descriptor& graph, Math math, const std::vector<std::int64_t>& uids,
                const std::function<std::vector<void*>(int set)>& tensors) {
  CudnnSession& session = session_of(context);
  const auto plans = build_plans(session.target, propose(session.target, graph), math,
                                 static_cast<std::int64_t>(CudnnSession::kWorkspaceBytes), context.most_plans);
  std::vector<std::shared_ptr<GraphRunner>> runners;
  std::vector<Side> sides;
  TunedGraph tuned;
  for (const EnginePlan& plan : plans) {
    runners.push_back(std::make_shared<GraphRunner>(session, plan, uids));
    sides.push_back([runner = runners.back(), &tensors](int set) { (*runner)(tensors(set)); });
    if (plan.first_choice) tuned.first = runners.back();
  }
  const int best = pick_fastest(context.gpu, sides, context.protocol);
  if (best >= 0)
    tuned.best = runners[static_cast<std::size_t>(best)];
  else
    tuned.first = nullptr;
  return tuned;
}

}  // namespace mueca::bench
#endif
