// cuDNN's graphs without a GPU: descriptors are finalised and engines proposed for a device that is described alone.
#include <gtest/gtest.h>

#include "bench/cuda/cudnn_operations.h"
#include "bench/cuda/cudnn_plans.h"
#include "bench/cuda/cudnn_session.h"
#include "bench/cuda/shapes.h"
#include "core/error.h"

#ifdef MUECA_CUDNN
namespace mueca::bench {
namespace {

// An H200 as cuDNN sees it, from the vendor's tables of compute capability 9.0.
constexpr const char* kHopper =
    R"({"maxGridSize":[2147483647,65535,65535],"maxBlockSize":[1024,1024,64],"regsPerBlock":65536,)"
    R"("multiProcessorCount":132,"warpSize":32,"maxSharedMemoryPerBlock":49152,"maxSharedMemoryPerBlockOptin":232448,)"
    R"("reservedSharedMemoryPerBlock":1024,"maxRegistersPerSM":65536,"maxCtasPerSM":32,"maxThreadsPerBlock":1024,)"
    R"("maxThreadsPerSM":2048,"pciDeviceId":0,"isTccDriver":0,"supportCoopLaunch":1,"totalGlobalMem":150754820096,)"
    R"("smClockRateKHz":1980000,"memClockRateKHz":3201000,"l2CacheSize":62914560,"cudaDeviceId":0,"deviceVer":900,)"
    R"("driverVer":13000,"deviceName":"NVIDIA H200"})";

class CudnnGraph : public testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    cudnn_ = Cudnn::load(&why);
    if (!cudnn_) GTEST_SKIP() << "skipped: " << why;
    try {
      target_ = described_target(*cudnn_, kHopper);
    } catch (const Error& e) {
      GTEST_SKIP() << "skipped: this cuDNN (" << cudnn_->version() << ") takes no described device: " << e.what();
    }
  }
  // Engines proposed for a graph, and of those the ones that strict float32 allows.
  std::pair<std::size_t, std::size_t> engines(const Descriptor& graph) {
    const auto all = propose(target_, graph);
    std::size_t strict = 0;
    for (const EngineConfig& c : all) strict += allowed(c, Math::float32);
    return {all.size(), strict};
  }

  std::shared_ptr<const Cudnn> cudnn_;
  GraphTarget target_;
};

TEST_F(CudnnGraph, ConvolutionsHaveEngines) {
  const Layer layer{"strided", 48, 32, 64, 3, 2};
  for (const Pass pass : {Pass::forward, Pass::backward_data, Pass::backward_weights})
    for (const Order order : {Order::nhwc, Order::nchw})
      for (const Store store : {Store::float32, Store::bfloat16}) {
        SCOPED_TRACE(text_of(layer, 64) + kPassNames[static_cast<int>(pass)]);
        const auto [all, strict] =
            engines(convolution_graph(target_, pass, conv_shape_of(layer, 64), false, store, order));
        EXPECT_GT(all, 0u);
        EXPECT_TRUE(strict > 0 || store == Store::bfloat16 || order == Order::nhwc);
      }
}

TEST_F(CudnnGraph, DepthwiseIsAGroupedConvolution) {
  for (const Layer& layer : {Layer{"m", 24, 96, 96, 3, 2}, Layer{"m", 28, 240, 240, 5, 1}})
    for (const Pass pass : {Pass::forward, Pass::backward_data, Pass::backward_weights}) {
      SCOPED_TRACE(text_of(layer, 64) + kPassNames[static_cast<int>(pass)]);
      EXPECT_GT(
          engines(convolution_graph(target_, pass, conv_shape_of(layer, 64), true, Store::bfloat16, Order::nhwc)).first,
          0u);
    }
}

// Engines that compile themselves need the driver; that cuDNN knows engines for these graphs does not.
TEST_F(CudnnGraph, FusedPatternsAreKnown) {
  const ConvShape d = conv_shape_of({"baseline", 24, 64, 128, 3, 1}, 64);
  const auto known = [](const Descriptor& graph) {
    return graph.get_int(CUDNN_ATTR_OPERATIONGRAPH_ENGINE_GLOBAL_COUNT);
  };
  EXPECT_GT(known(convolution_statistics_graph(target_, d, Store::bfloat16)), 0);
  EXPECT_GT(engines(convolution_statistics_graph(target_, d, Store::float16)).first, 0u);
  EXPECT_GT(engines(finalise_statistics_graph(target_, 128)).first, 0u);
  for (const bool residual : {false, true})
    EXPECT_GT(known(normalise_graph(target_, {64, 128, 24, 24}, Store::bfloat16, residual, true)), 0);
}

TEST_F(CudnnGraph, NotesAndKnobsAreRead) {
  const ConvShape d = conv_shape_of({"baseline", 24, 64, 128, 3, 1}, 64);
  const auto all = propose(target_, convolution_graph(target_, Pass::forward, d, false, Store::bfloat16, Order::nhwc));
  bool knobs = false, tensor_cores = false;
  for (const EngineConfig& c : all) knobs |= !c.knobs.empty(), tensor_cores |= !allowed(c, Math::float32);
  EXPECT_TRUE(knobs && tensor_cores);
  EXPECT_EQ(all[0].mode, CUDNN_HEUR_MODE_A);
  EXPECT_TRUE(allowed(all[0], Math::bf16));
}

TEST_F(CudnnGraph, OlderDescriptorsTakeEveryShape) {
  for (const Store store : {Store::float32, Store::bfloat16, Store::float16})
    for (const Order order : {Order::nhwc, Order::nchw}) {
      const Format f{Format::Filters::peer, order, store};
      for (const Layer& layer : convolutions(Scale::full)) {
        const ConvShape d = conv_shape_of(layer, 256);
        EXPECT_TRUE(tensor_descriptor(*cudnn_, f, d.n, d.c, d.h, d.w) &&
                    filter_descriptor(*cudnn_, f, d.k, d.c, d.r, d.s));
        EXPECT_TRUE(convolution_descriptor(*cudnn_, d, 1, CUDNN_FMA_MATH));
      }
    }
  for (const auto mode : {CUDNN_ACTIVATION_RELU, CUDNN_ACTIVATION_CLIPPED_RELU, CUDNN_ACTIVATION_SIGMOID})
    EXPECT_TRUE(activation_descriptor(*cudnn_, mode, 6));
  ConvShape uneven = conv_shape_of({"keras", 48, 3, 32, 3, 2}, 256);
  uneven.top = 0;
  EXPECT_THROW(convolution_descriptor(*cudnn_, uneven, 1, CUDNN_FMA_MATH), Error);
}

TEST_F(CudnnGraph, MistakesSayWhatCudnnSays) {
  Descriptor d(*cudnn_, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  EXPECT_THROW(d.finalise(), Error);
  EXPECT_THROW(d.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2}), Error);
  EXPECT_THROW(described_target(*cudnn_, "{}"), Error);
}

}  // namespace
}  // namespace mueca::bench
#endif
