// cuDNN, the peer: loaded when a benchmark asks for it, never linked, so that mueca runs where it is not installed.
// Declarations are those of its own headers; a build without them has no peer and says so.
#pragma once
#include <memory>
#include <string>

#if __has_include(<cudnn.h>)
#include <cudnn.h>
#define MUECA_CUDNN 1
#endif

namespace mueca::bench {

#ifdef MUECA_CUDNN

#define MUECA_CUDNN_FUNCTIONS(X)                                                                                     \
  X(GetVersion)                                                                                                      \
  X(GetErrorString)                                                                                                  \
  X(GetLastErrorString)                                                                                              \
  X(Create)                                                                                                          \
  X(Destroy)                                                                                                         \
  X(SetStream) /* graph API */                                                                                       \
  X(BackendCreateDescriptor)                                                                                         \
  X(BackendDestroyDescriptor)                                                                                        \
  X(BackendFinalize)                                                                                                 \
  X(BackendSetAttribute)                                                                                             \
  X(BackendGetAttribute)                                                                                             \
  X(BackendExecute) /* descriptors of the older API */                                                               \
  X(CreateTensorDescriptor)                                                                                          \
  X(DestroyTensorDescriptor)                                                                                         \
  X(SetTensor4dDescriptor) X(SetTensorNdDescriptor) X(CreateFilterDescriptor) X(DestroyFilterDescriptor)             \
      X(SetFilter4dDescriptor) X(CreateConvolutionDescriptor) X(DestroyConvolutionDescriptor)                        \
          X(SetConvolution2dDescriptor) X(SetConvolutionMathType) X(SetConvolutionGroupCount)                        \
              X(CreateActivationDescriptor) X(DestroyActivationDescriptor) X(SetActivationDescriptor)                \
                  X(CreatePoolingDescriptor) X(DestroyPoolingDescriptor) X(SetPooling2dDescriptor)                   \
                      X(CreateOpTensorDescriptor) X(DestroyOpTensorDescriptor) X(SetOpTensorDescriptor)              \
                          X(CreateReduceTensorDescriptor) X(DestroyReduceTensorDescriptor)                           \
                              X(SetReduceTensorDescriptor) /* its operations */                                      \
      X(FindConvolutionForwardAlgorithmEx) X(FindConvolutionBackwardDataAlgorithmEx)                                 \
          X(FindConvolutionBackwardFilterAlgorithmEx) X(GetConvolutionForwardAlgorithm_v7)                           \
              X(GetConvolutionBackwardDataAlgorithm_v7) X(GetConvolutionBackwardFilterAlgorithm_v7)                  \
                  X(ConvolutionForward) X(ConvolutionBackwardData) X(ConvolutionBackwardFilter)                      \
                      X(ConvolutionBackwardBias) X(ConvolutionBiasActivationForward)                                 \
                          X(BatchNormalizationForwardTrainingEx)                                                     \
                              X(GetBatchNormalizationForwardTrainingExWorkspaceSize)                                 \
                                  X(GetBatchNormalizationTrainingExReserveSpaceSize) X(BatchNormalizationBackwardEx) \
                                      X(GetBatchNormalizationBackwardExWorkspaceSize)                                \
                                          X(BatchNormalizationForwardInference) X(ActivationForward)                 \
                                              X(ActivationBackward) X(PoolingForward) X(PoolingBackward)             \
                                                  X(SoftmaxForward) X(SoftmaxBackward) X(OpTensor) X(AddTensor)      \
                                                      X(ReduceTensor) X(GetReductionWorkspaceSize)

class Cudnn {
 public:
  // The library of $MUECA_CUDNN, else libcudnn.so.9 of the loader's path or of the toolkit; null, with the reason, when
  // there is none.
  static std::shared_ptr<const Cudnn> load(std::string* why);
  Cudnn() = default;  // without functions: load() gives one that has them
  ~Cudnn();
  Cudnn(const Cudnn&) = delete;
  Cudnn& operator=(const Cudnn&) = delete;

  std::string version() const;  // "9.19.0"
  // Throws Error with cuDNN's own words unless `status` is success.
  void must(cudnnStatus_t status, const char* what) const;

#define MUECA_MEMBER(name) decltype(&::cudnn##name) name = nullptr;
  MUECA_CUDNN_FUNCTIONS(MUECA_MEMBER)
#undef MUECA_MEMBER

 private:
  void* library_ = nullptr;
};

#endif  // MUECA_CUDNN

}  // namespace mueca::bench
