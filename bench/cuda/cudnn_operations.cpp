#include "bench/cuda/cudnn_operations.h"

#ifdef MUECA_CUDNN
#include "core/error.h"

namespace mueca::bench {
namespace {

constexpr cudnnDataType_t kFloat = CUDNN_DATA_FLOAT;

Descriptor convolution_descriptor(const Cudnn& c, const ConvShape& d) {
  const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  const std::vector<std::int64_t> before = {d.top, d.left}, after = {d.bottom, d.right}, strides = {d.stride, d.stride};
  Descriptor conv(c, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  conv.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2});
  conv.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &kFloat);
  conv.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode);
  conv.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, before).set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, after);
  conv.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, std::vector<std::int64_t>{1, 1});
  return conv.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, strides).finalise();
}

struct ConvTensors {
  Descriptor x, w, y;
};
ConvTensors conv_tensors(const Cudnn& c, Pass pass, const ConvShape& d, bool depthwise, Store store, Order order) {
  const Layout layout = layout_of(order);
  const cudnnDataType_t type = type_of(store);
  const std::int64_t uids[3][3] = {{1, 2, 3}, {3, 2, 1}, {1, 3, 2}};  // of x, w, y by pass
  const auto& uid = uids[static_cast<int>(pass)];
  return {graph_tensor(c, uid[0], type, {d.n, d.c, d.h, d.w}, layout),
          graph_tensor(c, uid[1], type, {d.k, depthwise ? 1 : d.c, d.r, d.s}, layout),
          graph_tensor(c, uid[2], type, {d.n, d.k, d.p, d.q}, layout)};
}

Descriptor forward_operation(const Cudnn& c, const ConvShape& d, const Descriptor& x, const Descriptor& w,
                             const Descriptor& y) {
  Descriptor op(c, CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
  op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x).set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w);
  op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y);
  op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, convolution_descriptor(c, d));
  op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1.0);
  return op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0.0).finalise();
}

// y = mode(x [, b]) element by element.
Descriptor pointwise(const Cudnn& c, cudnnPointwiseMode_t mode, const Descriptor& x, const Descriptor* b,
                     const Descriptor& y) {
  Descriptor how(c, CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  how.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode);
  how.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &kFloat).finalise();
  Descriptor op(c, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  op.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, how).set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
  if (b) op.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *b);
  return op.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y).finalise();
}

Descriptor by_value(const Cudnn& c, std::int64_t uid, cudnnDataType_t type) {
  const std::vector<std::int64_t> ones = {1, 1, 1, 1};
  const bool yes = true;
  Descriptor d(c, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  d.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
  d.set(CUDNN_ATTR_TENSOR_DIMENSIONS, ones).set(CUDNN_ATTR_TENSOR_STRIDES, ones).set(CUDNN_ATTR_TENSOR_UNIQUE_ID, uid);
  d.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, std::int64_t{16});
  return d.set(CUDNN_ATTR_TENSOR_IS_BY_VALUE, CUDNN_TYPE_BOOLEAN, 1, &yes).finalise();
}

}  // namespace

cudnnDataType_t type_of(Store store) {
  return store == Store::float32 ? CUDNN_DATA_FLOAT : store == Store::bfloat16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_HALF;
}
Layout layout_of(Order order) { return order == Order::nhwc ? Layout::nhwc : Layout::nchw; }

Descriptor convolution_graph(const GraphTarget& target, Pass pass, const ConvShape& d, bool depthwise, Store store,
                             Order order) {
  const Cudnn& c = *target.cudnn;
  const ConvTensors t = conv_tensors(c, pass, d, depthwise, store, order);
  if (pass == Pass::forward) return operation_graph(target, std::vector{forward_operation(c, d, t.x, t.w, t.y)});
  if (pass == Pass::backward_data) {
    Descriptor op(c, CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR);
    op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, t.y).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, t.w);
    op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, t.x);
    op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, convolution_descriptor(c, d));
    op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, 1.0);
    op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, 0.0).finalise();
    return operation_graph(target, std::vector{op});
  }
  Descriptor op(c, CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR);
  op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, t.x).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, t.y);
  op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, t.w);
  op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, convolution_descriptor(c, d));
  op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, 1.0);
  op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, 0.0).finalise();
  return operation_graph(target, std::vector{op});
}

Descriptor convolution_statistics_graph(const GraphTarget& target, const ConvShape& d, Store store) {
  const Cudnn& c = *target.cudnn;
  const ConvTensors t = conv_tensors(c, Pass::forward, d, false, store, Order::nhwc);
  const cudnnGenStatsMode_t mode = CUDNN_GENSTATS_SUM_SQSUM;
  Descriptor stats(c, CUDNN_BACKEND_OPERATION_GEN_STATS_DESCRIPTOR);
  stats.set(CUDNN_ATTR_OPERATION_GENSTATS_MODE, CUDNN_TYPE_GENSTATS_MODE, 1, &mode);
  stats.set(CUDNN_ATTR_OPERATION_GENSTATS_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &kFloat);
  stats.set(CUDNN_ATTR_OPERATION_GENSTATS_XDESC, t.y);
  stats.set(CUDNN_ATTR_OPERATION_GENSTATS_SUMDESC, graph_tensor(c, 4, kFloat, {1, d.k, 1, 1}, Layout::nhwc));
  stats.set(CUDNN_ATTR_OPERATION_GENSTATS_SQSUMDESC, graph_tensor(c, 5, kFloat, {1, d.k, 1, 1}, Layout::nhwc));
  stats.finalise();
  return operation_graph(target, std::vector{forward_operation(c, d, t.x, t.w, t.y), stats});
}

Descriptor finalise_statistics_graph(const GraphTarget& target, std::int64_t channels) {
  const Cudnn& c = *target.cudnn;
  const cudnnBnFinalizeStatsMode_t mode = CUDNN_BN_FINALIZE_STATISTICS_TRAINING;
  Descriptor op(c, CUDNN_BACKEND_OPERATION_BN_FINALIZE_STATISTICS_DESCRIPTOR);
  op.set(CUDNN_ATTR_OPERATION_BN_FINALIZE_STATS_MODE, CUDNN_TYPE_BN_FINALIZE_STATS_MODE, 1, &mode);
  op.set(CUDNN_ATTR_OPERATION_BN_FINALIZE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &kFloat);
  const cudnnBackendAttributeName_t vectors[] = {
      CUDNN_ATTR_OPERATION_BN_FINALIZE_Y_SUM_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_Y_SQ_SUM_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_SCALE_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_BIAS_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_PREV_RUNNING_MEAN_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_PREV_RUNNING_VAR_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_UPDATED_RUNNING_MEAN_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_UPDATED_RUNNING_VAR_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_SAVED_MEAN_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_SAVED_INV_STD_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_EQ_SCALE_DESC,
      CUDNN_ATTR_OPERATION_BN_FINALIZE_EQ_BIAS_DESC,
  };
  std::int64_t uid = 0;
  for (const auto name : vectors) op.set(name, graph_tensor(c, ++uid, kFloat, {1, channels, 1, 1}, Layout::nhwc));
  op.set(CUDNN_ATTR_OPERATION_BN_FINALIZE_EPSILON_DESC, by_value(c, 13, kFloat));
  op.set(CUDNN_ATTR_OPERATION_BN_FINALIZE_EXP_AVERATE_FACTOR_DESC, by_value(c, 14, kFloat));
  op.set(CUDNN_ATTR_OPERATION_BN_FINALIZE_ACCUM_COUNT_DESC, by_value(c, 15, CUDNN_DATA_INT64));
  return operation_graph(target, std::vector{op.finalise()});
}

Descriptor normalise_graph(const GraphTarget& target, const std::vector<std::int64_t>& nchw, Store store, bool residual,
                           bool relu) {
  const Cudnn& c = *target.cudnn;
  const cudnnDataType_t type = type_of(store);
  const std::vector<std::int64_t> line = {1, nchw[1], 1, 1};
  const auto full = [&](std::int64_t uid, bool is_virtual) {
    return graph_tensor(c, uid, is_virtual ? kFloat : type, nchw, Layout::nhwc, is_virtual);
  };
  const Descriptor x = full(1, false), y = full(4, false), scaled = full(100, true);
  const Descriptor scale = graph_tensor(c, 2, kFloat, line, Layout::nhwc),
                   bias = graph_tensor(c, 3, kFloat, line, Layout::nhwc);
  std::vector<Descriptor> ops = {pointwise(c, CUDNN_POINTWISE_MUL, x, &scale, scaled)};
  Descriptor last = residual || relu ? full(101, true) : y;
  ops.push_back(pointwise(c, CUDNN_POINTWISE_ADD, scaled, &bias, last));
  if (residual) {
    const Descriptor extra = full(5, false), sum = relu ? full(102, true) : y;
    ops.push_back(pointwise(c, CUDNN_POINTWISE_ADD, last, &extra, sum));
    last = sum;
  }
  if (relu) ops.push_back(pointwise(c, CUDNN_POINTWISE_RELU_FWD, last, nullptr, y));
  return operation_graph(target, ops);
}

}  // namespace mueca::bench
#endif
