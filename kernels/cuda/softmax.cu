// Softmax over rows, and one-hot targets.
#include "kernels/cuda/map.cuh"
#include "kernels/cuda/rows.cuh"

namespace mueca::MUECA_CUDA {
namespace {

// y = exp(x - max) / sum. 8 bytes, an exponential and a division of an element: 1.9 ps at 4.3 TB/s.
struct Softmax {
  static constexpr int kInputs = 1;
  template <class Team>
  __device__ float row(Team team, const float* x, const float*, float* y, int k) const {
    float top = team.lane < k ? x[team.lane] : x[0], sum = 0;
    for (int i = team.lane; i < k; i += Team::kLanes) top = x[i] > top ? x[i] : top;
    top = team.max(top);
    for (int i = team.lane; i < k; i += Team::kLanes) sum += y[i] = expf(x[i] - top);
    sum = team.sum(sum);
    for (int i = team.lane; i < k; i += Team::kLanes) y[i] /= sum;
    return 0;
  }
};

// gx = y (gy - sum(y gy)). 12 bytes and 4 operations of an element: 2.8 ps.
struct SoftmaxBack {
  static constexpr int kInputs = 2;
  template <class Team>
  __device__ float row(Team team, const float* y, const float* gy, float* gx, int k) const {
    float dot = 0;
    for (int i = team.lane; i < k; i += Team::kLanes) dot += y[i] * gy[i];
    dot = team.sum(dot);
    for (int i = team.lane; i < k; i += Team::kLanes) gx[i] = y[i] * (gy[i] - dot);
    return 0;
  }
};

// Element i of [M, K] alone. 4 bytes: 0.9 ps.
struct OneHot {
  const std::int32_t* label;
  float* t;
  int k;
  float hot, cold;
  template <int Width>
  __device__ void at(std::int64_t i) const {
    Floats<Width> v;
#pragma unroll
    for (int j = 0; j < Width; ++j) {
      const std::int32_t is = label[(i + j) / k];
      v.at[j] = is < 0 ? 0 : is == (i + j) % k ? hot : cold;
    }
    store(t + i, v);
  }
};

}  // namespace

void softmax_forward(Stream& stream, In<2> x, Out<2> y) {
  each_row(stream, Softmax{}, {x.data, nullptr, y.data, nullptr, x.extent[0], static_cast<int>(x.extent[1])});
}

void softmax_backward(Stream& stream, In<2> y, In<2> gy, Out<2> gx) {
  each_row(stream, SoftmaxBack{}, {y.data, gy.data, gx.data, nullptr, y.extent[0], static_cast<int>(y.extent[1])});
}

void one_hot(Stream& stream, Labels label, Out<2> t, float smoothing) {
  const int k = static_cast<int>(t.extent[1]);
  const float cold = smoothing / static_cast<float>(k);
  map_all(stream, t.size(), OneHot{label.data, t.data, k, cold + (1 - smoothing), cold}, t.data);
}

}  // namespace mueca::MUECA_CUDA
