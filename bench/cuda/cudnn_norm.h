// Batch normalisation by cuDNN's older API, as a peer alone and behind a convolution.
#pragma once
#include "bench/cuda/cudnn_session.h"
#include "core/kernel_args.h"

#ifdef MUECA_CUDNN
namespace mueca::bench {

struct NormWay {
  cudnnBatchNormMode_t mode;
  bool fused;  // activation and sum inside the normalisation
  Format format;
};

// Everything that a normalisation keeps between calls. Tensors go by the job's names; `input` is what it normalises.
class Norm {
 public:
  Norm(PeerContext& context, const NormWay& way, Activation activation, bool add, double epsilon,
       const char* input = "x");
  std::size_t workspace() const { return workspace_; }
  void forward(void* const* t, void* y) const;
  void inference(void* const* t) const;
  void remember(void* const* t);  // a fused backward pass reads what the fused forward pass kept
  void backward(void* const* t) const;

 private:
  cudnnActivationDescriptor_t act() const { return way_.fused ? act_.get() : nullptr; }
  void after(void* const* t, void* y) const;  // what is not fused

  PeerContext& context_;
  CudnnSession& s_;
  const Cudnn& c_;
  NormWay way_;
  bool add_;
  double epsilon_;
  const char* input_;
  cudnnBatchNormOps_t ops_ = CUDNN_BATCHNORM_OPS_BN;
  TensorDescriptor x_, params_;
  Owned<cudnnActivationDescriptor_t> act_;
  Memory inverse_, reserve_, scratch_;
  std::size_t bytes_ = 0, workspace_ = 0, reserve_bytes_ = 0;
};

}  // namespace mueca::bench
#endif
