// Squeeze-and-excitation: y = x scale, scale = sigmoid(hidden w2 + b2), hidden = relu(mean(x) w1 + b1). A block takes
// an image through all of it, so that the second look at x (and gy) comes from the L2 cache where the image fits there.
#include "kernels/cuda/activate.cuh"
#include "kernels/cuda/columns.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kThreads = 512, kWarps = kThreads / 32;
constexpr int kRun = 16;  // terms of a float sum before it goes into a double

struct Extents {
  std::int64_t images, places;
  int channels, inner;
};

// How the block's threads lie over an image: `lanes` runs of Width channels, `deep` places at once.
struct Layout {
  int lanes, deep, lane, row;
  template <int Width>
  __device__ static Layout of(int channels, Constant<Width>) {
    Layout l;
    const int runs = channels / Width;
    l.lanes = runs < kThreads ? runs : kThreads, l.deep = kThreads / l.lanes;
    l.lane = static_cast<int>(threadIdx.x) % l.lanes, l.row = static_cast<int>(threadIdx.x) / l.lanes;
    return l;
  }
};

// to[channel] = factor * the sum over places of x (of x g where g is given). All threads of the block must call.
template <int Width, class S>
__device__ void sum_places(const S* __restrict__ x, const S* __restrict__ g, const Extents& d, double factor,
                           float* to) {
  struct Room {
    double at[kThreads];
  };
  Room& room = shared<Room>();
  const Layout l = Layout::of(d.channels, Constant<Width>{});
  for (int first = 0; first < d.channels; first += l.lanes * Width) {  // one turn unless channels are very many
    const int c = first + l.lane * Width;
    const bool active = l.row < l.deep && c < d.channels;
    double sum[Width] = {};
    if (active)
      for (std::int64_t from = l.row; from < d.places; from += std::int64_t{kRun} * l.deep) {
        Floats<Width> run = all<Width>(0);
#pragma unroll 4
        for (int i = 0; i < kRun; ++i) {
          const std::int64_t place = from + std::int64_t{i} * l.deep, at = place * d.channels + c;
          if (place >= d.places) continue;
          const Floats<Width> v = load<Width>(x + at), w = g ? load<Width>(g + at) : all<Width>(1);
#pragma unroll
          for (int k = 0; k < Width; ++k) run.at[k] += v.at[k] * w.at[k];
        }
#pragma unroll
        for (int k = 0; k < Width; ++k) sum[k] += run.at[k];
      }
    int top = 1;
    while (top * 2 < l.deep) top *= 2;
#pragma unroll
    for (int k = 0; k < Width; ++k) {
      __syncthreads();  // the room is free
      room.at[threadIdx.x] = sum[k];
      for (int half = top; half > 0 && l.deep > 1; half /= 2) {
        __syncthreads();
        if (l.row < half && l.row + half < l.deep) room.at[threadIdx.x] += room.at[threadIdx.x + half * l.lanes];
      }
      if (active && l.row == 0) to[c + k] = static_cast<float>(room.at[threadIdx.x] * factor);
    }
  }
  __syncthreads();  // `to` is complete
}

// Block: one image after the other: the mean, the two small layers, the scaled copy. Shared: [C mean, D hidden, C
// scale]. 12 bytes of an element of x (8 where the image is still in the L2 cache), two operations: 2.8 (1.9) ps at
// 4.3 TB/s; half of that in bfloat16. The layers' 4 C D operations of an image hide behind other blocks' copies.
template <int Width, class S>
__global__ void __launch_bounds__(kThreads, 2)
    excite(const S* __restrict__ x, In<2> w1, In<1> b1, In<2> w2, In<1> b2, S* __restrict__ y, float* mean,
           float* hidden, float* scale, Extents d) {
  float* const mu = dynamic_smem<float>();
  float *const by = mu + d.channels, *const inside = by + d.channels;
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  const Layout l = Layout::of(d.channels, Constant<Width>{});
  for (std::int64_t n = blockIdx.x; n < d.images; n += gridDim.x) {
    const S* const image = x + n * d.places * d.channels;
    sum_places<Width, S>(image, nullptr, d, 1 / static_cast<double>(d.places), mu);
    for (int j = thread / 32; j < d.inner; j += kWarps) {  // warp: a hidden unit
      float sum = 0;
      for (int c = lane; c < d.channels; c += 32) sum += mu[c] * w1.data[std::int64_t{c} * d.inner + j];
      sum = activate<Activation::relu>(warp_sum(sum) + b1.data[j]);
      if (lane == 0) inside[j] = hidden[n * d.inner + j] = sum;
    }
    __syncthreads();  // the hidden units are complete
    for (int c = thread; c < d.channels; c += kThreads) {
      float sum = 0;
      for (int j = 0; j < d.inner; ++j) sum += inside[j] * w2.data[std::int64_t{j} * d.channels + c];
      by[c] = scale[n * d.channels + c] = sigmoid(sum + b2.data[c]);
      mean[n * d.channels + c] = mu[c];
    }
    __syncthreads();  // the scale is complete
    S* const out = y + n * d.places * d.channels;
    for (int c = l.lane * Width; c < d.channels && l.row < l.deep; c += l.lanes * Width) {
      const Floats<Width> s = load<Width>(by + c);
#pragma unroll 4
      for (std::int64_t place = d.places - 1 - l.row; place >= 0; place -= l.deep) {  // what was read last comes first
        Floats<Width> v = load<Width>(image + place * d.channels + c);
#pragma unroll
        for (int k = 0; k < Width; ++k) v.at[k] *= s.at[k];
        store(out + place * d.channels + c, v);
      }
    }
    __syncthreads();  // nobody reads this image's shared numbers any more
  }
}

// Block: one image after the other: the gradient of the scale, back through the layers, then gx = gy scale + gmean /
// places; outer [N, C] and within [N, D], the gradients before sigmoid and relu, are kept for the weights. Shared: [C
// outer, C gmean, D within]. 20 bytes of an element (12 where x and gy are still in the L2 cache), 5 operations: 4.7
// (2.8) ps at 4.3 TB/s; half of that in bfloat16.
template <int Width, class S>
__global__ void __launch_bounds__(kThreads)
    excite_back(const S* __restrict__ x, In<2> w1, In<2> w2, In<2> hidden, In<2> scale, const S* __restrict__ gy,
                S* __restrict__ gx, float* outer, float* within, Extents d) {
  float* const out = dynamic_smem<float>();
  float *const gmean = out + d.channels, *const inside = gmean + d.channels;
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  const Layout l = Layout::of(d.channels, Constant<Width>{});
  const float share = 1 / static_cast<float>(d.places);
  for (std::int64_t n = blockIdx.x; n < d.images; n += gridDim.x) {
    const float* const s = scale.data + n * d.channels;
    const std::int64_t begin = n * d.places * d.channels;
    sum_places<Width, S>(x + begin, gy + begin, d, 1, out);
    for (int c = thread; c < d.channels; c += kThreads)
      outer[n * d.channels + c] = out[c] = out[c] * (s[c] * (1 - s[c]));
    __syncthreads();                                       // outer is complete
    for (int j = thread / 32; j < d.inner; j += kWarps) {  // warp: a hidden unit
      float sum = 0;
      for (int c = lane; c < d.channels; c += 32) sum += out[c] * w2.data[std::int64_t{j} * d.channels + c];
      sum = hidden.data[n * d.inner + j] > 0 ? warp_sum(sum) : 0;
      if (lane == 0) inside[j] = within[n * d.inner + j] = sum;
    }
    __syncthreads();  // within is complete
    for (int c = thread; c < d.channels; c += kThreads) {
      float sum = 0;
      for (int j = 0; j < d.inner; ++j) sum += inside[j] * w1.data[std::int64_t{c} * d.inner + j];
      gmean[c] = sum * share;
    }
    __syncthreads();  // gmean is complete
    for (int c = l.lane * Width; c < d.channels && l.row < l.deep; c += l.lanes * Width) {
      const Floats<Width> by = load<Width>(s + c), more = load<Width>(gmean + c);
#pragma unroll 4
      for (std::int64_t place = d.places - 1 - l.row; place >= 0; place -= l.deep) {
        Floats<Width> g = load<Width>(gy + begin + place * d.channels + c);
#pragma unroll
        for (int k = 0; k < Width; ++k) g.at[k] = g.at[k] * by.at[k] + more.at[k];
        store(gx + begin + place * d.channels + c, g);
      }
    }
    __syncthreads();  // nobody reads this image's shared numbers any more
  }
}

// Thread: one number of gw [I, J] = a^T b or, behind them, of gb [J], the column sums of b; images in order. 8 N (I +
// J) bytes in all, read again from caches for each row: far below the other passes.
__global__ void __launch_bounds__(kThreads)
    layer_gradient(const float* __restrict__ a, const float* __restrict__ b, float* gw, float* gb, std::int64_t images,
                   int rows, int columns) {
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  const int row = i / columns, column = i % columns;
  if (row > rows) return;
  float sum = 0;
#pragma unroll 4
  for (std::int64_t n = 0; n < images; ++n) sum += (row < rows ? a[n * rows + row] : 1) * b[n * columns + column];
  (row < rows ? gw[i] : gb[column]) = sum;
}

void layer_back(Stream& stream, In<2> a, const float* b, Out<2> gw, Out<1> gb) {
  const std::int64_t rows = gw.extent[0], columns = gw.extent[1];
  if (columns == 0) return;
  launch<layer_gradient>(stream, dim3(blocks_of((rows + 1) * columns, kThreads)), dim3(kThreads), std::size_t{0},
                         a.data, b, gw.data, gb.data, a.extent[0], static_cast<int>(rows), static_cast<int>(columns));
}

template <class S>
Extents extents_of(View<const S, 3> x, In<2> w1) {
  return {x.extent[0], x.extent[1], static_cast<int>(x.extent[2]), static_cast<int>(w1.extent[1])};
}

std::size_t room_of(const Extents& d) { return static_cast<std::size_t>(2 * d.channels + d.inner) * sizeof(float); }

dim3 grid_of(const Extents& d) { return dim3(static_cast<unsigned>(std::min<std::int64_t>(d.images, 65535))); }

template <class S>
void excite_all(Stream& stream, View<const S, 3> x, In<2> w1, In<1> b1, In<2> w2, In<1> b2, View<S, 3> y, Out<2> mean,
                Out<2> hidden, Out<2> scale) {
  const Extents d = extents_of(x, w1);
  if (y.size() == 0) return;
  with_width<kWidest<S>>(
      d.channels,
      [&](auto width) {
        launch<excite<decltype(width)::value, S>>(stream, grid_of(d), dim3(kThreads), room_of(d), x.data, w1, b1, w2,
                                                  b2, y.data, mean.data, hidden.data, scale.data, d);
      },
      x.data, y.data);
}

template <class S>
void excite_all_back(Stream& stream, View<const S, 3> x, In<2> w1, In<2> w2, In<2> mean, In<2> hidden, In<2> scale,
                     View<const S, 3> gy, View<S, 3> gx, Out<2> gw1, Out<1> gb1, Out<2> gw2, Out<1> gb2) {
  const Extents d = extents_of(x, w1);
  const Buffer kept(stream.device, static_cast<std::size_t>(d.images * (d.channels + d.inner)) * sizeof(float));
  const auto outer = static_cast<float*>(kept.data()), within = outer + d.images * d.channels;
  if (gx.size() > 0)
    with_width<kWidest<S>>(
        d.channels,
        [&](auto width) {
          launch<excite_back<decltype(width)::value, S>>(stream, grid_of(d), dim3(kThreads), room_of(d), x.data, w1, w2,
                                                         hidden, scale, gy.data, gx.data, outer, within, d);
        },
        x.data, gy.data, gx.data, scale.data);
  layer_back(stream, mean, within, gw1, gb1);
  layer_back(stream, hidden, outer, gw2, gb2);
}

}  // namespace

void squeeze_excite_forward(Stream& stream, In<3> x, In<2> w1, In<1> b1, In<2> w2, In<1> b2, Out<3> y, Out<2> mean,
                            Out<2> hidden, Out<2> scale) {
  excite_all(stream, x, w1, b1, w2, b2, y, mean, hidden, scale);
}
void squeeze_excite_forward(Stream& stream, View<const bf16, 3> x, In<2> w1, In<1> b1, In<2> w2, In<1> b2,
                            View<bf16, 3> y, Out<2> mean, Out<2> hidden, Out<2> scale) {
  excite_all(stream, x, w1, b1, w2, b2, y, mean, hidden, scale);
}

void squeeze_excite_backward(Stream& stream, In<3> x, In<2> w1, In<2> w2, In<2> mean, In<2> hidden, In<2> scale,
                             In<3> gy, Out<3> gx, Out<2> gw1, Out<1> gb1, Out<2> gw2, Out<1> gb2) {
  excite_all_back(stream, x, w1, w2, mean, hidden, scale, gy, gx, gw1, gb1, gw2, gb2);
}
void squeeze_excite_backward(Stream& stream, View<const bf16, 3> x, In<2> w1, In<2> w2, In<2> mean, In<2> hidden,
                             In<2> scale, View<const bf16, 3> gy, View<bf16, 3> gx, Out<2> gw1, Out<1> gb1, Out<2> gw2,
                             Out<1> gb2) {
  excite_all_back(stream, x, w1, w2, mean, hidden, scale, gy, gx, gw1, gb1, gw2, gb2);
}

}  // namespace mueca::MUECA_CUDA
