// The only door to oneDNN; onednn.cpp serves its 2.x and 3.x interfaces. Activations NHWC, filters RSCK.
#pragma once
#include "kernels/conv_shape.h"

namespace mueca::cpu::onednn {

// Each returns false, without touching its output, where the library has no compiled kernel for the shape.
bool supports_forward(const ConvShape&, bool bias);
bool supports_backward_data(const ConvShape&);
bool supports_backward_weights(const ConvShape&);

// Precondition: supported. `b` may be null.
void conv2d_forward(const ConvShape&, const float* x, const float* w, const float* b, float* y);
void conv2d_backward_data(const ConvShape&, const float* gy, const float* w, float* gx);
void conv2d_backward_weights(const ConvShape&, const float* x, const float* gy, float* gw);

// c[M, N] = op(a) op(b) + beta * c, row-major; op(a) is [M, K], op(b) [K, N]; a transposed operand is stored as [K, M].
void sgemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
           const float* b, float beta, float* c);

}  // namespace mueca::cpu::onednn
