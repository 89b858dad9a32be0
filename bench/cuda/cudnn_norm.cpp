// Batch normalisation by cuDNN: fused with what follows where it can, else as a chain of its operations.
#include "bench/cuda/cudnn_norm.h"

#include "bench/cuda/cudnn_peers.h"

#ifdef MUECA_CUDNN
#include <algorithm>

#include "core/error.h"

namespace mueca::bench {
namespace {

const float kOne = 1, kZero = 0;

std::string text_of(const NormWay& w) {
  return str("cuDNN ", w.fused ? "fused " : "chain ", w.mode == CUDNN_BATCHNORM_SPATIAL ? "spatial" : "persistent",
             w.format.order == Order::nhwc ? " NHWC" : " NCHW", ", ", text_of(w.format.store));
}

}  // namespace

Norm::Norm(PeerContext& context, const NormWay& way, Activation activation, bool add, double epsilon, const char* input)
    : context_(context),
      s_(session_of(context)),
      c_(*s_.cudnn),
      way_(way),
      add_(add),
      epsilon_(epsilon),
      input_(input) {
  const auto& e = context.host[context.at(input)].spec.extents;
  x_ = tensor_descriptor(c_, way.format, e[0], e[3], e[1], e[2]);
  bytes_ = bytes_in(context.host[context.at(input)].spec, way.format);
  params_ = tensor_descriptor(c_, {}, 1, e[3], 1, 1);
  if (activation != Activation::none)
    act_ = activation_descriptor(
        c_, activation == Activation::relu ? CUDNN_ACTIVATION_RELU : CUDNN_ACTIVATION_CLIPPED_RELU, 6);
  if (way.fused) ops_ = add ? CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION : CUDNN_BATCHNORM_OPS_BN_ACTIVATION;
  check(!way.fused || activation == Activation::relu, "cuDNN fuses ReLU alone");
  inverse_ = s_.gpu.allocate(static_cast<std::size_t>(e[3]) * sizeof(float));
  const auto z = add && way.fused ? x_.get() : nullptr;
  std::size_t forward = 0, backward = 0, reserve = 0;
  c_.must(c_.GetBatchNormalizationForwardTrainingExWorkspaceSize(s_.handle, way.mode, ops_, x_.get(), z, x_.get(),
                                                                 params_.get(), act(), &forward),
          "ask for room");
  c_.must(c_.GetBatchNormalizationBackwardExWorkspaceSize(s_.handle, way.mode, ops_, x_.get(), x_.get(), x_.get(), z,
                                                          x_.get(), params_.get(), act(), &backward),
          "ask for room");
  c_.must(c_.GetBatchNormalizationTrainingExReserveSpaceSize(s_.handle, way.mode, ops_, act(), x_.get(), &reserve),
          "ask for room");
  check(std::max(forward, backward) <= CudnnSession::kWorkspaceBytes, "cuDNN asks for too much room");
  workspace_ = std::max(forward, backward), reserve_bytes_ = reserve;
  reserve_ = s_.gpu.allocate(reserve);
}

void Norm::forward(void* const* t, void* y) const {
  const auto at = [&](const char* name) { return t[context_.at(name)]; };
  const bool z = add_ && way_.fused;
  c_.must(c_.BatchNormalizationForwardTrainingEx(s_.handle, way_.mode, ops_, &kOne, &kZero, x_.get(), at(input_),
                                                 z ? x_.get() : nullptr, z ? at("residual") : nullptr, x_.get(), y,
                                                 params_.get(), at("gamma"), at("beta"), 1.0, nullptr, nullptr,
                                                 epsilon_, at("mean"), inverse_.get(), act(), s_.workspace.get(),
                                                 workspace_, reserve_.get(), reserve_bytes_),
          "normalise");
  after(t, y);
}

void Norm::inference(void* const* t) const {
  const auto at = [&](const char* name) { return t[context_.at(name)]; };
  c_.must(c_.BatchNormalizationForwardInference(s_.handle, way_.mode, &kOne, &kZero, x_.get(), at(input_), x_.get(),
                                                at("y"), params_.get(), at("gamma"), at("beta"), at("mean"),
                                                at("variance"), epsilon_),
          "normalise");
  after(t, at("y"));
}

void Norm::remember(void* const* t) {
  scratch_ = s_.gpu.allocate(bytes_);
  if (way_.fused) forward(t, scratch_.get());
}
void Norm::backward(void* const* t) const {
  const auto at = [&](const char* name) { return t[context_.at(name)]; };
  void* gradient = at("gy");
  if (!way_.fused && act_) {  // the masked gradient is the residual's
    gradient = add_ ? at("gresidual") : scratch_.get();
    c_.must(c_.ActivationBackward(s_.handle, act_.get(), &kOne, x_.get(), at("y"), x_.get(), at("gy"), x_.get(),
                                  at("y"), &kZero, x_.get(), gradient),
            "mask");
  }
  const bool z = add_ && way_.fused;
  c_.must(c_.BatchNormalizationBackwardEx(s_.handle, way_.mode, ops_, &kOne, &kZero, &kOne, &kZero, x_.get(),
                                          at(input_), x_.get(), at("y"), x_.get(), gradient, z ? x_.get() : nullptr,
                                          z ? at("gresidual") : nullptr, x_.get(), at("gx"), params_.get(), at("gamma"),
                                          at("beta"), at("ggamma"), at("gbeta"), epsilon_, at("mean"), at("inverse"),
                                          act(), s_.workspace.get(), workspace_, reserve_.get(), reserve_bytes_),
          "normalise backwards");
}

void Norm::after(void* const* t, void* y) const {
  if (way_.fused) return;
  if (add_) c_.must(c_.AddTensor(s_.handle, &kOne, x_.get(), t[context_.at("residual")], &kOne, x_.get(), y), "add");
  if (act_) c_.must(c_.ActivationForward(s_.handle, act_.get(), &kOne, x_.get(), y, &kZero, x_.get(), y), "activate");
}

std::vector<Peer> norm_peers(PeerContext& context, bool backward, bool inference, Activation act, bool add,
                             float epsilon) {
  std::vector<Peer> peers;
  for (const Store store : {Store::float32, Store::bfloat16, Store::float16})
    for (const Order order : {Order::nhwc, Order::nchw})
      for (const auto mode : {CUDNN_BATCHNORM_SPATIAL, CUDNN_BATCHNORM_SPATIAL_PERSISTENT})
        for (const bool fused : {false, true}) {
          if (fused && (inference || act != Activation::relu)) continue;
          const NormWay way{mode, fused, {Format::Filters::peer, order, store}};
          try {
            const auto norm = std::make_shared<Norm>(context, way, act, add, double{epsilon});
            if (backward) norm->remember(context.tensors(way.format).set(0));
            Peer p;
            p.name = text_of(way), p.format = way.format, p.workspace = norm->workspace();
            p.math = math_of(store);
            p.engine = fused ? "one call" : "a call each", p.first_choice = false;
            if (backward)
              p.run = [norm](void* const* t) { norm->backward(t); };
            else if (inference)
              p.run = [norm](void* const* t) { norm->inference(t); };
            else {
              const std::size_t y = context.at("y");
              p.run = [norm, y](void* const* t) { norm->forward(t, t[y]); };
              p.not_given = {context.at("variance")};  // its inverse root instead
            }
            peers.push_back(std::move(p));
          } catch (const Error& e) {
            context.left_out.push_back(str(text_of(way), ": ", e.what()));
          }
        }
  return peers;
}

}  // namespace mueca::bench
#endif
