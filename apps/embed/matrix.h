// What PCA, neighbours and t-SNE ask of their input, and the matrix products that they share.
#pragma once
#include <string_view>

#include "core/tensor.h"

namespace mueca {

// x as rows, or Error, prefixed with `who`: x must be float32 [N, D], both at least 1, every number finite and below
// 1e15 (squares of it stay within float32).
View<const float, 2> check_matrix(std::string_view who, const Tensor& x);

// Means of the columns, [D], summed in double over fixed blocks of rows.
Tensor column_means(View<const float, 2> x);

// x[begin : begin + count, column : column + width] - mean, as a matrix of its own; [count, width].
Tensor centred_block(View<const float, 2> x, const Tensor& mean, Index begin, Index count, Index column, Index width);

// a b^T + bias for a [M, C], b [C, K], bias [K] or absent; and a^T b for a [N, C], b [N, K]. On the calling thread when
// called within parallel_for, and then the same bits on any number of threads.
Tensor product(const Tensor& a, const Tensor& b, const Tensor& bias = {});
Tensor transposed_product(const Tensor& a, const Tensor& b);

}  // namespace mueca
