// Squeeze-and-excitation by cuDNN has no operation of its own: a chain of them, recorded as one like every other side.
#include "bench/cuda/cudnn_peers.h"
#include "bench/cuda/cudnn_session.h"

#ifdef MUECA_CUDNN
#include "core/error.h"

namespace mueca::bench {
namespace {

const float kOne = 1, kZero = 0;

class Chain {
 public:
  Chain(PeerContext& context, std::int64_t n, std::int64_t hw, std::int64_t channels, std::int64_t inner,
        bool by_pooling)
      : context_(context),
        s_(session_of(context)),
        c_(*s_.cudnn),
        share_(1 / static_cast<float>(hw)),
        pool_(by_pooling) {
    const auto& e = context.host[context.at("x")].spec.extents;
    image_ = tensor_descriptor(c_, kFormat, n, channels, e[1], e[2]);
    wide_ = tensor_descriptor(c_, kFormat, n, channels, 1, 1), narrow_ = tensor_descriptor(c_, kFormat, n, inner, 1, 1);
    bias1_ = tensor_descriptor(c_, kFormat, 1, inner, 1, 1), bias2_ = tensor_descriptor(c_, kFormat, 1, channels, 1, 1);
    filter1_ = filter_descriptor(c_, kFormat, inner, channels, 1, 1);
    filter2_ = filter_descriptor(c_, kFormat, channels, inner, 1, 1);
    const ConvShape dense{n, 1, 1, channels, 1, 1, inner, 1, 1, 1, 0, 0, 0, 0};
    conv_ = convolution_descriptor(c_, dense, 1, CUDNN_FMA_MATH);
    relu_ = activation_descriptor(c_, CUDNN_ACTIVATION_RELU),
    identity_ = activation_descriptor(c_, CUDNN_ACTIVATION_IDENTITY);
    sigmoid_ = activation_descriptor(c_, CUDNN_ACTIVATION_SIGMOID);
    product_ = own_product();
    sum_ = own_reduction(CUDNN_REDUCE_TENSOR_ADD), average_ = own_reduction(CUDNN_REDUCE_TENSOR_AVG);
    planes_ = own_pooling(static_cast<int>(e[1]), static_cast<int>(e[2]));
    // Its layers want their weights turned: [D, C] and [C, D]. A user would keep them so.
    w1_ = turned("w1"), w2_ = turned("w2");
    const auto floats = [&](std::int64_t count) { return s_.gpu.allocate(static_cast<std::size_t>(count) * 4); };
    scratch_ = floats(n * hw * channels), gwide_ = floats(n * channels), gnarrow_ = floats(n * inner);
    gw_ = floats(2 * channels * inner), gmean_ = floats(n * channels);
    gw_half_ = static_cast<std::size_t>(channels * inner);
  }

  void forward(void* const* t) const {
    const auto at = [&](const char* name) { return t[context_.at(name)]; };
    if (pool_)
      must(c_.PoolingForward(s_.handle, planes_.get(), &kOne, image_.get(), at("x"), &kZero, wide_.get(), at("mean")));
    else
      reduce(average_, at("x"), at("mean"));
    layer(wide_, at("mean"), filter1_, w1_, bias1_, at("b1"), relu_, narrow_, at("hidden"));
    layer(narrow_, at("hidden"), filter2_, w2_, bias2_, at("b2"), identity_, wide_, at("scale"));
    must(c_.ActivationForward(s_.handle, sigmoid_.get(), &kOne, wide_.get(), at("scale"), &kZero, wide_.get(),
                              at("scale")));
    multiply(at("x"), wide_, at("scale"), at("y"));
  }

  void backward(void* const* t) const {
    const auto at = [&](const char* name) { return t[context_.at(name)]; };
    auto* const gw1 = static_cast<float*>(gw_.get());
    multiply(at("gy"), image_, at("x"), scratch_.get());
    reduce(sum_, scratch_.get(), gwide_.get());
    must(c_.ActivationBackward(s_.handle, sigmoid_.get(), &kOne, wide_.get(), at("scale"), wide_.get(), gwide_.get(),
                               wide_.get(), at("scale"), &kZero, wide_.get(), gwide_.get()));
    gradients(narrow_, at("hidden"), wide_, gwide_.get(), filter2_, w2_, gw1 + gw_half_, bias2_, at("gb2"),
              gnarrow_.get());
    must(c_.ActivationBackward(s_.handle, relu_.get(), &kOne, narrow_.get(), at("hidden"), narrow_.get(),
                               gnarrow_.get(), narrow_.get(), at("hidden"), &kZero, narrow_.get(), gnarrow_.get()));
    gradients(wide_, at("mean"), narrow_, gnarrow_.get(), filter1_, w1_, gw1, bias1_, at("gb1"), gmean_.get());
    multiply(at("gy"), wide_, at("scale"), at("gx"));
    must(c_.AddTensor(s_.handle, &share_, wide_.get(), gmean_.get(), &kOne, image_.get(), at("gx")));
  }

  static constexpr Format kFormat{Format::Filters::peer, Order::nhwc, Store::float32};

 private:
  void must(cudnnStatus_t status) const { c_.must(status, "squeeze and excite"); }

  Owned<cudnnOpTensorDescriptor_t> own_product() const {
    cudnnOpTensorDescriptor_t raw = nullptr;
    must(c_.CreateOpTensorDescriptor(&raw));
    Owned<cudnnOpTensorDescriptor_t> d(raw, [this](auto p) { c_.DestroyOpTensorDescriptor(p); });
    must(c_.SetOpTensorDescriptor(raw, CUDNN_OP_TENSOR_MUL, CUDNN_DATA_FLOAT, CUDNN_NOT_PROPAGATE_NAN));
    return d;
  }
  Owned<cudnnReduceTensorDescriptor_t> own_reduction(cudnnReduceTensorOp_t op) const {
    cudnnReduceTensorDescriptor_t raw = nullptr;
    must(c_.CreateReduceTensorDescriptor(&raw));
    Owned<cudnnReduceTensorDescriptor_t> d(raw, [this](auto p) { c_.DestroyReduceTensorDescriptor(p); });
    must(c_.SetReduceTensorDescriptor(raw, op, CUDNN_DATA_FLOAT, CUDNN_NOT_PROPAGATE_NAN,
                                      CUDNN_REDUCE_TENSOR_NO_INDICES, CUDNN_32BIT_INDICES));
    return d;
  }
  Owned<cudnnPoolingDescriptor_t> own_pooling(int h, int w) const {
    cudnnPoolingDescriptor_t raw = nullptr;
    must(c_.CreatePoolingDescriptor(&raw));
    Owned<cudnnPoolingDescriptor_t> d(raw, [this](auto p) { c_.DestroyPoolingDescriptor(p); });
    must(c_.SetPooling2dDescriptor(raw, CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING, CUDNN_NOT_PROPAGATE_NAN, h, w, 0,
                                   0, h, w));
    return d;
  }
  Memory turned(const char* name) const {  // [A, B] to [B, A]
    const HostTensor& w = context_.host[context_.at(name)];
    const auto rows = static_cast<std::size_t>(w.spec.extents[0]),
               columns = static_cast<std::size_t>(w.spec.extents[1]);
    std::vector<float> out(w.values.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i % columns * rows + i / columns] = w.values[i];
    const Memory memory = s_.gpu.allocate(out.size() * sizeof(float));
    s_.gpu.upload(memory.get(), out.data(), out.size() * sizeof(float));
    return memory;
  }

  void reduce(const Owned<cudnnReduceTensorDescriptor_t>& how, const void* image, void* wide) const {
    must(c_.ReduceTensor(s_.handle, how.get(), nullptr, 0, s_.workspace.get(), CudnnSession::kWorkspaceBytes, &kOne,
                         image_.get(), image, &kZero, wide_.get(), wide));
  }
  void multiply(const void* a, const TensorDescriptor& second, const void* b, void* y) const {
    must(c_.OpTensor(s_.handle, product_.get(), &kOne, image_.get(), a, &kOne, second.get(), b, &kZero, image_.get(),
                     y));
  }
  void layer(const TensorDescriptor& in, const void* x, const Owned<cudnnFilterDescriptor_t>& filter, const Memory& w,
             const TensorDescriptor& line, const void* b, const Owned<cudnnActivationDescriptor_t>& act,
             const TensorDescriptor& out, void* y) const {
    must(c_.ConvolutionBiasActivationForward(s_.handle, &kOne, in.get(), x, filter.get(), w.get(), conv_.get(),
                                             CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, s_.workspace.get(),
                                             CudnnSession::kWorkspaceBytes, &kZero, out.get(), y, line.get(), b,
                                             act.get(), out.get(), y));
  }
  // Of a layer y = x w + b, from gy: gw, gb, gx.
  void gradients(const TensorDescriptor& in, const void* x, const TensorDescriptor& out, const void* gy,
                 const Owned<cudnnFilterDescriptor_t>& filter, const Memory& w, void* gw, const TensorDescriptor& line,
                 void* gb, void* gx) const {
    const std::size_t room = CudnnSession::kWorkspaceBytes;
    must(c_.ConvolutionBackwardBias(s_.handle, &kOne, out.get(), gy, &kZero, line.get(), gb));
    must(c_.ConvolutionBackwardFilter(s_.handle, &kOne, in.get(), x, out.get(), gy, conv_.get(),
                                      CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1, s_.workspace.get(), room, &kZero,
                                      filter.get(), gw));
    must(c_.ConvolutionBackwardData(s_.handle, &kOne, filter.get(), w.get(), out.get(), gy, conv_.get(),
                                    CUDNN_CONVOLUTION_BWD_DATA_ALGO_1, s_.workspace.get(), room, &kZero, in.get(), gx));
  }

  PeerContext& context_;
  CudnnSession& s_;
  const Cudnn& c_;
  float share_;
  bool pool_;
  TensorDescriptor image_, wide_, narrow_, bias1_, bias2_;
  Owned<cudnnFilterDescriptor_t> filter1_, filter2_;
  Owned<cudnnConvolutionDescriptor_t> conv_;
  Owned<cudnnActivationDescriptor_t> relu_, identity_, sigmoid_;
  Owned<cudnnOpTensorDescriptor_t> product_;
  Owned<cudnnReduceTensorDescriptor_t> sum_, average_;
  Owned<cudnnPoolingDescriptor_t> planes_;
  Memory w1_, w2_, scratch_, gwide_, gnarrow_, gw_, gmean_;
  std::size_t gw_half_ = 0;
};

}  // namespace

std::vector<Peer> attention_peers(PeerContext& context, bool backward, std::int64_t n, std::int64_t hw, std::int64_t c,
                                  std::int64_t d) {
  std::vector<Peer> peers;
  for (const bool by_pooling : {false, true}) {
    if (backward && by_pooling) continue;
    const auto chain = std::make_shared<Chain>(context, n, hw, c, d, by_pooling);
    Peer p;
    p.name = "cuDNN chain NHWC, float32 I/O", p.format = Chain::kFormat;
    p.engine = backward ? "13 calls" : by_pooling ? "5 calls, mean by pooling" : "5 calls, mean by reduction";
    if (backward) {
      p.run = [chain](void* const* t) { chain->backward(t); };
      p.not_given = {context.at("gw1"), context.at("gw2")};  // it makes them turned
    } else {
      p.run = [chain](void* const* t) { chain->forward(t); };
    }
    peers.push_back(std::move(p));
  }
  return peers;
}

}  // namespace mueca::bench
#endif
