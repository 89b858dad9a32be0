// Squeeze-and-excitation: y = x * scale, scale = sigmoid(hidden w2 + b2), hidden = relu(mean(x) w1 + b1).
#include "core/kernel_list.h"
#include "kernels/cpu/places.h"
#include "kernels/cpu/pointwise.h"
#include "kernels/cpu/small_matrix.h"
#include "kernels/cpu/strips.h"

namespace mueca::cpu {
namespace {

// gw[i, j] = sum over n of a[n, i] * b[n, j] and gb[j] = sum over n of b[n, j], n in order.
void matrix_gradient(In<2> a, In<2> b, Out<2> gw, Out<1> gb) {
  const Index images = a.extent[0], rows = a.extent[1], columns = b.extent[1];
  const std::vector<float> zeros(static_cast<std::size_t>(columns)), ones(static_cast<std::size_t>(images), 1.0f);
  row_times_matrix(ones.data(), b, zeros.data(), gb.data);
  parallel_for(rows, grain_of_rows(images * columns), [&](Index begin, Index end) {
    std::vector<float> column(static_cast<std::size_t>(images));
    for (Index i = begin; i < end; ++i) {
      for (Index n = 0; n < images; ++n) column[static_cast<std::size_t>(n)] = a.data[n * rows + i];
      row_times_matrix(column.data(), b, zeros.data(), gw.data + i * columns);
    }
  });
}

}  // namespace

// Image by image: the mean over places, the two small layers, the scaled copy while x is still in cache.
void squeeze_excite_forward(Stream&, In<3> x, In<2> w1, In<1> b1, In<2> w2, In<1> b2, Out<3> y, Out<2> mean,
                            Out<2> hidden, Out<2> scale) {
  const Index places = x.extent[1], channels = x.extent[2], inner = w1.extent[1];
  const float share = 1 / static_cast<float>(places);
  parallel_for(x.extent[0], 1, [&](Index begin, Index end) {
    for (Index n = begin; n < end; ++n) {
      float *mu = mean.data + n * channels, *h = hidden.data + n * inner, *s = scale.data + n * channels;
      const float* image = x.data + n * places * channels;
      sum_over_places(places, channels, share, mu, [image](Index i) { return image[i]; });
      row_times_matrix(mu, w1, b1.data, h);
      for (Index d = 0; d < inner; ++d) h[d] = activate<Activation::relu>(h[d]);
      row_times_matrix(h, w2, b2.data, s);
      for (Index c = 0; c < channels; ++c) s[c] = sigmoid(s[c]);
      for (Index i = 0; i < places; ++i) {
        const float* in = image + i * channels;
        float* out = y.data + (n * places + i) * channels;
#pragma omp simd
        for (Index c = 0; c < channels; ++c) out[c] = in[c] * s[c];
      }
    }
  });
}

// Image by image: the gradient of the scale, back through the small layers, then gx = gy * scale + gmean / places while
// x and gy are still in cache; the weights' gradients are summed over images afterwards.
void squeeze_excite_backward(Stream&, In<3> x, In<2> w1, In<2> w2, In<2> mean, In<2> hidden, In<2> scale, In<3> gy,
                             Out<3> gx, Out<2> gw1, Out<1> gb1, Out<2> gw2, Out<1> gb2) {
  const Index images = x.extent[0], places = x.extent[1], channels = x.extent[2], inner = w1.extent[1];
  const float share = 1 / static_cast<float>(places);
  std::vector<float> inner_gradients(static_cast<std::size_t>(images * inner));     // [N, D], before the relu
  std::vector<float> outer_gradients(static_cast<std::size_t>(images * channels));  // [N, C], before the sigmoid
  const std::vector<float> w1_columns = transposed(w1), w2_columns = transposed(w2);
  const In<2> from_inner{w1_columns.data(), {inner, channels}}, from_outer{w2_columns.data(), {channels, inner}};
  const std::vector<float> zeros(static_cast<std::size_t>(std::max(channels, inner)));
  parallel_for(images, 1, [&](Index begin, Index end) {
    std::vector<float> buffer(static_cast<std::size_t>(channels));
    float* gmean = buffer.data();
    for (Index n = begin; n < end; ++n) {
      float* outer = outer_gradients.data() + n * channels;
      float* within = inner_gradients.data() + n * inner;
      const float *s = scale.data + n * channels, *h = hidden.data + n * inner;
      const float *image = x.data + n * places * channels, *g_image = gy.data + n * places * channels;
      sum_over_places(places, channels, 1, outer, [image, g_image](Index i) { return image[i] * g_image[i]; });
      for (Index c = 0; c < channels; ++c) outer[c] *= s[c] * (1 - s[c]);
      row_times_matrix(outer, from_outer, zeros.data(), within);
      for (Index d = 0; d < inner; ++d) within[d] = h[d] > 0 ? within[d] : 0;
      row_times_matrix(within, from_inner, zeros.data(), gmean);
      for (Index c = 0; c < channels; ++c) gmean[c] *= share;
      for (Index i = 0; i < places; ++i) {
        const float* g = g_image + i * channels;
        float* out = gx.data + (n * places + i) * channels;
#pragma omp simd
        for (Index c = 0; c < channels; ++c) out[c] = g[c] * s[c] + gmean[c];
      }
    }
  });
  matrix_gradient(mean, {inner_gradients.data(), {images, inner}}, gw1, gb1);
  matrix_gradient(hidden, {outer_gradients.data(), {images, channels}}, gw2, gb2);
}

}  // namespace mueca::cpu
