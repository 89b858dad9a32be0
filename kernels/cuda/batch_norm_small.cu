// Batch normalisation of small maps in training, in one launch each way: a block owns all rows of its columns, so that
// it waits for no other; it sums, finishes the statistics and passes over its rows once more. 42 of mobilenet_v2's 52
// layers are such with 64 images of 48 pixels, 33 with 256.
//
// Eight columns of a block are 32 bytes of a row, one sector; 64 to 1280 channels are 8 to 160 blocks for 132
// multiprocessors. bfloat16's eight are half a sector: the L2 cache hands each out twice, while sixteen columns would
// leave half of the blocks, each with twice the rows of a thread, and the time of a block is what counts here.
//
// Estimated, not measured: a block reads 18 KiB of x at 576 rows (3x3 maps of 64 images) and 54 KiB of x, y and gy
// backward, 72 and 216 KiB at 2304 rows. With 32 to 48 KiB of loads in flight for 0.7 us it takes in 45 to 70 bytes of
// a ns. The second pass reads from L1 if its lines of 128 bytes, 32 of each used, hold all rows, as at 576, or else
// from L2, and writes 55 to 110 bytes of a ns: together 0.4 + 0.3 us forward and 0.8 + 0.7 backward at 576 rows, 1.6
// + 1.3 and 3.2 + 3 at 2304, and about 2 us of latency, barriers and square roots, for one column as for 1056. Three
// launches take 2.5 us each at the least: 7.5 beside 3 and 4 us, or beside 5 and 8, where the limit is.
#include "kernels/cuda/batch_norm.cuh"

namespace mueca::MUECA_CUDA {
namespace {

constexpr int kOwned = 8;  // columns of a block, at most

// One strip, so that a block has all rows.
template <class S>
Columns all_rows(Read<S> x, int width) {
  return Columns(x.extent[0], x.extent[1], width, x.extent[0], kOwned / width);
}

// Sums and factors of a block's columns.
struct Owned {
  double first[kOwned], second[kOwned];
  float mean[kOwned], a[kOwned], b[kOwned], k[kOwned];
};

// Adds both sums of all rows and calls each(i, column) in a thread of its own for each of the block's columns, whose
// sums are first[i] and second[i]; what that leaves in `owned` all threads may read afterwards. All threads must call.
template <int Width, class Each>
__device__ void finish_owned(const Columns& c, const ColumnThread& t, double (&first)[Width], double (&second)[Width],
                             Owned& owned, const Each& each) {
  add_rows(c, t, first);
  add_rows(c, t, second);
  if (t.active && t.row == 0) {
#pragma unroll
    for (int k = 0; k < Width; ++k) {
      owned.first[t.lane * Width + k] = first[k];
      owned.second[t.lane * Width + k] = second[k];
    }
  }
  __syncthreads();  // the columns' sums
  const int i = static_cast<int>(threadIdx.x);
  const std::int64_t column = std::int64_t{blockIdx.x} * c.lanes * Width + i;
  if (i < c.lanes * Width && column < c.columns) each(i, column);
  __syncthreads();  // the columns' factors
}

// Block: all rows of at most kOwned columns; thread: Width columns of every deep-th row, twice. 8 bytes of an element
// from and to memory (12 with a residual; bfloat16: half), 4 from the caches.
template <class S, int Width, Activation A, bool Residual>
__global__ void __launch_bounds__(kColumnThreads) train_columns(const S* __restrict__ x, const S* __restrict__ residual,
                                                                S* __restrict__ y, Columns c, Statistics to) {
  const ColumnThread t(c, Width);
  double sum[Width] = {}, square[Width] = {};
  if (t.active) moments_of(x, c, t, sum, square);
  Owned& owned = shared<Owned>();
  finish_owned(c, t, sum, square, owned, [&](int i, std::int64_t column) {
    const Affine map = finish(to, x, c, column, owned.first[i], owned.second[i]);
    owned.mean[i] = map.mean, owned.a[i] = map.factor, owned.b[i] = map.offset;
  });
  const int at = t.lane * Width;
  if (t.active)
    normalise_rows<Width, A, Residual>(x, residual, y, c, t, load<Width>(owned.mean + at), load<Width>(owned.a + at),
                                       load<Width>(owned.b + at));
}

// Block: all rows of at most kOwned columns; thread: Width columns of every deep-th row, twice. 16 bytes of an element
// from and to memory, without a mask 12, with a residual's gradient 4 more (bfloat16: half); 12 or 8 from the caches.
// Registers must suffice for two blocks, as many as 1280 channels bring; left to itself, ptxas spills for more of them.
template <class S, int Width, Activation A>
__global__ void __launch_bounds__(kColumnThreads, 2)
    propagate_columns(const S* __restrict__ x, const S* __restrict__ y, const S* __restrict__ gy, S* __restrict__ gx,
                      S* __restrict__ gresidual, Columns c, const float* mean, Parameters to) {
  const ColumnThread t(c, Width);
  const Floats<Width> mu = t.active ? load<Width>(mean + t.column) : all<Width>(0);
  double sum[Width] = {}, moment[Width] = {};
  if (t.active) gradients_of<Width, A, S>(x, y, gy, nullptr, c, t, mu, sum, moment);
  Owned& owned = shared<Owned>();
  finish_owned(c, t, sum, moment, owned, [&](int i, std::int64_t column) {
    const Slopes slopes = finish(to, c, column, owned.first[i], owned.second[i]);
    owned.a[i] = slopes.a, owned.b[i] = slopes.b, owned.k[i] = slopes.k;
  });
  const int at = t.lane * Width;
  if (t.active && (gx || gresidual))
    propagate_rows<Width, A>(x, y, gy, gx, gresidual, c, t, mu, load<Width>(owned.a + at), load<Width>(owned.b + at),
                             load<Width>(owned.k + at));
}

}  // namespace

template <class S>
void train_small(Stream& stream, Read<S> x, Read<S> residual, Write<S> y, const Statistics& to, Activation activation) {
  with_width(
      x.extent[1],
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const Columns c = all_rows(x, kWidth);
        with_clipping(activation, [&](auto tag) {
          constexpr Activation kA = decltype(tag)::value;
          if (residual)
            launch<train_columns<S, kWidth, kA, true>>(stream, c.grid(), c.block(), std::size_t{0}, x.data,
                                                       residual.data, y.data, c, to);
          else
            launch<train_columns<S, kWidth, kA, false>>(stream, c.grid(), c.block(), std::size_t{0}, x.data,
                                                        residual.data, y.data, c, to);
        });
      },
      x.data, residual.data, y.data);
}

template <class S>
void backward_small(Stream& stream, Read<S> x, Read<S> y, Read<S> gy, In<1> mean, Write<S> gx, Write<S> gresidual,
                    const Parameters& to, Activation activation) {
  with_width(
      x.extent[1],
      [&](auto width) {
        constexpr int kWidth = decltype(width)::value;
        const Columns c = all_rows(x, kWidth);
        with_clipping(activation, [&](auto tag) {
          launch<propagate_columns<S, kWidth, decltype(tag)::value>>(stream, c.grid(), c.block(), std::size_t{0},
                                                                     x.data, y.data, gy.data, gx.data, gresidual.data,
                                                                     c, mean.data, to);
        });
      },
      x.data, y.data, gy.data, mean.data, gx.data, gresidual.data);
}

template void train_small(Stream&, Read<float>, Read<float>, Write<float>, const Statistics&, Activation);
template void train_small(Stream&, Read<bf16>, Read<bf16>, Write<bf16>, const Statistics&, Activation);
template void backward_small(Stream&, Read<float>, Read<float>, Read<float>, In<1>, Write<float>, Write<float>,
                             const Parameters&, Activation);
template void backward_small(Stream&, Read<bf16>, Read<bf16>, Read<bf16>, In<1>, Write<bf16>, Write<bf16>,
                             const Parameters&, Activation);

}  // namespace mueca::MUECA_CUDA
