// Graphs of cuDNN that do our jobs: convolutions alone, and fused with what follows them.
#pragma once
#include <map>

#include "bench/cuda/algorithms_of.h"
#include "bench/cuda/cudnn_backend.h"

#ifdef MUECA_CUDNN
namespace mueca::bench {

cudnnDataType_t type_of(Store store);
Layout layout_of(Order order);

// One convolution pass on tensors 1, 2, 3: x w y, gy w gx, or x gy gw.
Descriptor convolution_graph(const GraphTarget& target, Pass pass, const ConvShape& d, bool depthwise, Store store,
                             Order order);

// y = conv(x, w) with the sums and the sums of squares of y's channels: what batch normalisation then needs.
// Tensors: x 1, w 2, y 3, sum [1, K, 1, 1] 4, squares 5.
Descriptor convolution_statistics_graph(const GraphTarget& target, const ConvShape& d, Store store);

// From those sums: mean, 1 / deviation, and the scale and bias that normalise. Tensors [1, K, 1, 1]: sum 1, squares 2,
// gamma 3, beta 4, running mean 5 and variance 6, new ones 7 and 8, mean 9, inverse 10, scale 11, bias 12; values
// epsilon 13, momentum 14, count 15 by value.
Descriptor finalise_statistics_graph(const GraphTarget& target, std::int64_t channels);

// y = relu(x scale + bias [+ residual]). Tensors: x 1, scale 2, bias 3, y 4, residual 5.
Descriptor normalise_graph(const GraphTarget& target, const std::vector<std::int64_t>& nchw, Store store, bool residual,
                           bool relu);

}  // namespace mueca::bench
#endif
