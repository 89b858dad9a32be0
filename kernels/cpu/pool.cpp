// Max, average and global average pooling.
#include <limits>
#include <type_traits>

#include "core/kernel_list.h"
#include "kernels/cpu/places.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

// The part of a window that lies inside image n [height, width].
struct Window {
  Index top, bottom, left, right;
  Index first, width;  // place of the image's first pixel in the batch, pixels per row
  Window(const Pool2d& how, Index n, Index p, Index q, Index height, Index width_of_image)
      : top(std::max<Index>(p * how.stride - how.pad.top, 0)),
        bottom(std::min<Index>(p * how.stride - how.pad.top + how.size, height)),
        left(std::max<Index>(q * how.stride - how.pad.left, 0)),
        right(std::min<Index>(q * how.stride - how.pad.left + how.size, width_of_image)),
        first(n * height * width_of_image),
        width(width_of_image) {}
  float count() const { return static_cast<float>((bottom - top) * (right - left)); }
  // body(place of an input in the batch), in row-major order.
  template <class Body>
  void each_input(const Body& body) const {
    for (Index h = top; h < bottom; ++h)
      for (Index v = left; v < right; ++v) body(first + h * width + v);
  }
};

// body(place of the output in the batch, its window) for rows [begin, end) of the outputs of all images, in order.
template <class Outputs, class Inputs, class Body>
void each_window(Index begin, Index end, const Outputs& y, const Inputs& x, const Pool2d& how, const Body& body) {
  const Index rows = y.extent[1], columns = y.extent[2];
  for (Index np = begin; np < end; ++np)
    for (Index q = 0; q < columns; ++q)
      body(np * columns + q, Window(how, np / rows, np % rows, q, x.extent[1], x.extent[2]));
}

// body(tiled, place, window, scratch[C]) for every window, one thread per image. tiled.value says at compile time that
// the windows tile the image, so that each input is written once; otherwise gx starts as zeros and is added to.
template <class Body>
void scatter_windows(In<4> gy, Out<4> gx, const Pool2d& how, const Body& body) {
  const bool tiles =
      how.stride == how.size && how.pad == Padding{} && gx.extent[1] % how.size == 0 && gx.extent[2] % how.size == 0;
  const Index rows = gy.extent[1], image = gx.extent[1] * gx.extent[2] * gx.extent[3];
  parallel_for(gx.extent[0], 1, [&](Index first, Index last) {
    std::vector<float> scratch(static_cast<std::size_t>(gx.extent[3]));
    const auto walk = [&](auto tiled) {
      each_window(first * rows, last * rows, gy, gx, how,
                  [&](Index place, const Window& w) { body(tiled, place, w, scratch.data()); });
    };
    if (tiles) return walk(std::true_type{});
    std::fill(gx.data + first * image, gx.data + last * image, 0.0f);
    walk(std::false_type{});
  });
}

// y = the fold of all inputs of its window from `start`, channel by channel; then finish(y, window).
template <class Fold, class Finish>
void gather_windows(In<4> x, Out<4> y, const Pool2d& how, float start, const Fold& fold, const Finish& finish) {
  const Index channels = x.extent[3];
  parallel_for(y.extent[0] * y.extent[1], grain_of_rows(y.extent[2] * channels), [&](Index begin, Index end) {
    each_window(begin, end, y, x, how, [&](Index place, const Window& w) {
      float* out = y.data + place * channels;
      std::fill_n(out, channels, start);
      w.each_input([&](Index input) {
        const float* in = x.data + input * channels;
#pragma omp simd
        for (Index c = 0; c < channels; ++c) out[c] = fold(out[c], in[c]);
      });
      finish(out, w);
    });
  });
}

}  // namespace

// Each output: the largest input of its window.
void max_pool_forward(Stream&, In<4> x, Out<4> y, Pool2d how) {
  gather_windows(
      x, y, how, -std::numeric_limits<float>::infinity(), [](float a, float b) { return b <= a ? a : b; },
      [](float*, const Window&) {});
}

// Each gy goes to the first input of its window that equals y; windows may overlap, so images are the parallel unit.
void max_pool_backward(Stream&, In<4> x, In<4> y, In<4> gy, Out<4> gx, Pool2d how) {
  const Index channels = x.extent[3];
  scatter_windows(gy, gx, how, [&](auto tiled, Index place, const Window& w, float* rest) {
    const float* top = y.data + place * channels;
    std::copy_n(gy.data + place * channels, channels, rest);  // what has found no taker yet
    w.each_input([&](Index input) {
      const float* in = x.data + input * channels;
      float* out = gx.data + input * channels;
#pragma omp simd
      for (Index c = 0; c < channels; ++c) {
        const bool hit = in[c] == top[c];
        const float taken = hit ? rest[c] : 0, left = hit ? 0 : rest[c];
        out[c] = tiled.value ? taken : out[c] + taken;
        rest[c] = left;
      }
    });
  });
}

// Each output: the mean of its window's inputs; padding does not count.
void avg_pool_forward(Stream&, In<4> x, Out<4> y, Pool2d how) {
  gather_windows(
      x, y, how, 0, [](float a, float b) { return a + b; },
      [channels = x.extent[3]](float* out, const Window& w) {
        const float share = 1 / w.count();
        for (Index c = 0; c < channels; ++c) out[c] *= share;
      });
}

// Each gy is shared equally among the inputs of its window.
void avg_pool_backward(Stream&, In<4> gy, Out<4> gx, Pool2d how) {
  const Index channels = gx.extent[3];
  scatter_windows(gy, gx, how, [&](auto tiled, Index place, const Window& w, float*) {
    const float* g = gy.data + place * channels;
    const float share = 1 / w.count();
    w.each_input([&](Index input) {
      float* out = gx.data + input * channels;
#pragma omp simd
      for (Index c = 0; c < channels; ++c) out[c] = tiled.value ? g[c] * share : out[c] + g[c] * share;
    });
  });
}

// Each output: the mean over all places of an image.
void global_avg_pool_forward(Stream&, In<3> x, Out<2> y) {
  const Index places = x.extent[1], channels = x.extent[2];
  const float share = 1 / static_cast<float>(places);
  parallel_for(x.extent[0], grain_of_rows(places * channels), [&](Index begin, Index end) {
    for (Index n = begin; n < end; ++n) {
      const float* in = x.data + n * places * channels;
      sum_over_places(places, channels, share, y.data + n * channels, [in](Index i) { return in[i]; });
    }
  });
}

// Every place of an image receives gy / places.
void global_avg_pool_backward(Stream&, In<2> gy, Out<3> gx) {
  const Index places = gx.extent[1], channels = gx.extent[2];
  const float share = 1 / static_cast<float>(places);
  parallel_for(gx.extent[0] * places, grain_of_rows(channels), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const float* __restrict g = gy.data + i / places * channels;
      float* __restrict out = gx.data + i * channels;
      for (Index c = 0; c < channels; ++c) out[c] = g[c] * share;
    }
  });
}

}  // namespace mueca::cpu
