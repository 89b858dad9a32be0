// Gated recurrent units, item by item through time: q = h u + b, z = sigmoid(p_z + q_z), r = sigmoid(p_r + q_r),
// c = tanh(p_c + r q_c), h = z h + (1 - z) c. What the backward needs of a step is kept as [z r c q_c].
#include "core/kernel_list.h"
#include "kernels/cpu/pointwise.h"
#include "kernels/cpu/small_matrix.h"

namespace mueca::cpu {

void gru_forward(Stream&, In<3> p, In<2> u, In<1> b, In<2> h0, Out<3> h, Out<3> kept) {
  const Index frames = h.extent[1], units = h.extent[2];
  const std::vector<float> zeros(static_cast<std::size_t>(units));
  parallel_for(h.extent[0], 1, [&](Index begin, Index end) {
    std::vector<float> buffer(static_cast<std::size_t>(3 * units));
    float* const q = buffer.data();
    for (Index n = begin; n < end; ++n) {
      const float* before = h0 ? h0.data + n * units : zeros.data();
      for (Index t = n * frames; t < (n + 1) * frames; ++t) {
        const float *pz = p.data + t * 3 * units, *pr = pz + units, *pc = pr + units;
        float *z = kept.data + t * 4 * units, *r = z + units, *c = r + units, *qc = c + units;
        float* const after = h.data + t * units;
        row_times_matrix(before, u, b.data, q);
        std::copy_n(q + 2 * units, units, qc);
#pragma omp simd
        for (Index j = 0; j < units; ++j) {
          z[j] = sigmoid(pz[j] + q[j]);
          r[j] = sigmoid(pr[j] + q[units + j]);
          c[j] = hyperbolic_tangent(pc[j] + r[j] * qc[j]);
          after[j] = z[j] * before[j] + (1 - z[j]) * c[j];
        }
        before = after;
      }
    }
  });
}

// Backwards through time: g is the gradient of a step's result, from its own output and from the step after it; that
// of the step's beginning is g z + gq u^T. gp and gq differ only in c, where q comes with the factor r.
void gru_backward(Stream&, In<2> u, In<2> h0, In<3> h, In<3> kept, In<3> gh, Out<3> gp, Out<3> gq, Out<2> gh0) {
  const Index frames = h.extent[1], units = h.extent[2];
  const std::vector<float> zeros(static_cast<std::size_t>(units)), turned = transposed(u);
  const In<2> ut{turned.data(), {3 * units, units}};
  parallel_for(h.extent[0], 1, [&](Index begin, Index end) {
    std::vector<float> direct(static_cast<std::size_t>(units));  // g z
    for (Index n = begin; n < end; ++n) {
      float* const carry = gh0.data + n * units;
      std::fill_n(carry, units, 0.0f);
      for (Index t = (n + 1) * frames - 1; t >= n * frames; --t) {
        const float* before = t > n * frames ? h.data + (t - 1) * units : h0 ? h0.data + n * units : zeros.data();
        const float *z = kept.data + t * 4 * units, *r = z + units, *c = r + units, *qc = c + units;
        const float* own = gh.data + t * units;
        float *p = gp.data + t * 3 * units, *q = gq.data + t * 3 * units, *past = direct.data();
#pragma omp simd
        for (Index j = 0; j < units; ++j) {
          const float g = own[j] + carry[j];
          const float gz = g * (before[j] - c[j]) * z[j] * (1 - z[j]), gc = g * (1 - z[j]) * (1 - c[j] * c[j]);
          const float gr = gc * qc[j] * r[j] * (1 - r[j]);
          p[j] = q[j] = gz;
          p[units + j] = q[units + j] = gr;
          p[2 * units + j] = gc;
          q[2 * units + j] = gc * r[j];
          past[j] = g * z[j];
        }
        row_times_matrix(q, ut, past, carry);
      }
    }
  });
}

}  // namespace mueca::cpu
