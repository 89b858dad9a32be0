// Max, average and global average pooling.
#include <limits>

#include "core/kernel_list.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

// The part of a window that lies inside the image.
struct Window {
  Index top, bottom, left, right;
  Window(const Pool2d& how, Index p, Index q, Index height, Index width)
      : top(std::max<Index>(p * how.stride - how.pad.top, 0)),
        bottom(std::min<Index>(p * how.stride - how.pad.top + how.size, height)),
        left(std::max<Index>(q * how.stride - how.pad.left, 0)),
        right(std::min<Index>(q * how.stride - how.pad.left + how.size, width)) {}
  float count() const { return static_cast<float>((bottom - top) * (right - left)); }
};

// body(place in the output, window) for output rows [begin, end) of all images, in order.
template <class Body>
void each_window(Index begin, Index end, Index rows, Index columns, Index height, Index width, const Pool2d& how,
                 const Body& body) {
  for (Index np = begin; np < end; ++np)
    for (Index q = 0; q < columns; ++q) body(np / rows, np * columns + q, Window(how, np % rows, q, height, width));
}

}  // namespace

// Each output: the largest input of its window.
void max_pool_forward(Stream&, In<4> x, Out<4> y, Pool2d how) {
  const Index height = x.extent[1], width = x.extent[2], channels = x.extent[3];
  parallel_for(y.extent[0] * y.extent[1], grain_of_rows(y.extent[2] * channels), [&](Index begin, Index end) {
    each_window(begin, end, y.extent[1], y.extent[2], height, width, how, [&](Index n, Index place, const Window& w) {
      float* __restrict out = y.data + place * channels;
      std::fill_n(out, channels, -std::numeric_limits<float>::infinity());
      for (Index h = w.top; h < w.bottom; ++h)
        for (Index v = w.left; v < w.right; ++v) {
          const float* __restrict in = x.data + ((n * height + h) * width + v) * channels;
          for (Index c = 0; c < channels; ++c) out[c] = in[c] <= out[c] ? out[c] : in[c];
        }
    });
  });
}

// Each gy goes to the first input of its window that equals y; windows may overlap, so images are the parallel unit.
void max_pool_backward(Stream&, In<4> x, In<4> y, In<4> gy, Out<4> gx, Pool2d how) {
  const Index height = x.extent[1], width = x.extent[2], channels = x.extent[3], rows = y.extent[1];
  const Index image = height * width * channels;
  parallel_for(x.extent[0], 1, [&](Index first, Index last) {
    std::fill(gx.data + first * image, gx.data + last * image, 0.0f);
    std::vector<float> buffer(static_cast<std::size_t>(channels));
    float* __restrict rest = buffer.data();  // what has found no taker yet
    each_window(first * rows, last * rows, rows, y.extent[2], height, width, how,
                [&](Index n, Index place, const Window& w) {
                  const float* __restrict top = y.data + place * channels;
                  std::copy_n(gy.data + place * channels, channels, rest);
                  for (Index h = w.top; h < w.bottom; ++h)
                    for (Index v = w.left; v < w.right; ++v) {
                      const Index at = ((n * height + h) * width + v) * channels;
                      const float* __restrict in = x.data + at;
                      float* __restrict out = gx.data + at;
                      for (Index c = 0; c < channels; ++c) {
                        const float g = rest[c];
                        const bool hit = in[c] == top[c];
                        out[c] += hit ? g : 0;
                        rest[c] = hit ? 0 : g;
                      }
                    }
                });
  });
}

// Each output: the mean of its window's inputs; padding does not count.
void avg_pool_forward(Stream&, In<4> x, Out<4> y, Pool2d how) {
  const Index height = x.extent[1], width = x.extent[2], channels = x.extent[3];
  parallel_for(y.extent[0] * y.extent[1], grain_of_rows(y.extent[2] * channels), [&](Index begin, Index end) {
    each_window(begin, end, y.extent[1], y.extent[2], height, width, how, [&](Index n, Index place, const Window& w) {
      float* __restrict out = y.data + place * channels;
      const float share = 1 / w.count();
      std::fill_n(out, channels, 0.0f);
      for (Index h = w.top; h < w.bottom; ++h)
        for (Index v = w.left; v < w.right; ++v) {
          const float* __restrict in = x.data + ((n * height + h) * width + v) * channels;
          for (Index c = 0; c < channels; ++c) out[c] += in[c];
        }
      for (Index c = 0; c < channels; ++c) out[c] *= share;
    });
  });
}

// Each gy is shared equally among the inputs of its window.
void avg_pool_backward(Stream&, In<4> gy, Out<4> gx, Pool2d how) {
  const Index height = gx.extent[1], width = gx.extent[2], channels = gx.extent[3], rows = gy.extent[1];
  const Index image = height * width * channels;
  parallel_for(gx.extent[0], 1, [&](Index first, Index last) {
    std::fill(gx.data + first * image, gx.data + last * image, 0.0f);
    each_window(first * rows, last * rows, rows, gy.extent[2], height, width, how,
                [&](Index n, Index place, const Window& w) {
                  const float* __restrict g = gy.data + place * channels;
                  const float share = 1 / w.count();
                  for (Index h = w.top; h < w.bottom; ++h)
                    for (Index v = w.left; v < w.right; ++v) {
                      float* __restrict out = gx.data + ((n * height + h) * width + v) * channels;
                      for (Index c = 0; c < channels; ++c) out[c] += g[c] * share;
                    }
                });
  });
}

// Each output: the mean over all places of an image.
void global_avg_pool_forward(Stream&, In<3> x, Out<2> y) {
  const Index places = x.extent[1], channels = x.extent[2];
  const float share = 1 / static_cast<float>(places);
  parallel_for(x.extent[0], grain_of_rows(places * channels), [&](Index begin, Index end) {
    for (Index n = begin; n < end; ++n) {
      float* __restrict out = y.data + n * channels;
      std::fill_n(out, channels, 0.0f);
      for (Index i = 0; i < places; ++i) {
        const float* __restrict in = x.data + (n * places + i) * channels;
        for (Index c = 0; c < channels; ++c) out[c] += in[c];
      }
      for (Index c = 0; c < channels; ++c) out[c] *= share;
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
