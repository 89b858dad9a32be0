// Gated recurrent units: the projection of all frames is one dense layer, the walk through time one kernel.
#include "core/ops/op.h"

namespace mueca {
namespace {

// What each step began with, [N, T, H]: h0 (or zeros), then h but for its last frame.
Tensor states_before(const Tensor& h, const Tensor& h0) {
  const Index n = h.extent(0), t = h.extent(1), units = h.extent(2);
  Tensor before = make_like(h);
  const View<float, 2> from = h.reshaped({n, t * units}).view<float, 2>();
  const View<float, 2> to = before.reshaped({n, t * units}).view<float, 2>();
  if (!h0.defined()) kernels_of(h).fill(stream_for(h), before.view<float, 1>(), 0);
  if (h0.defined()) kernels_of(h).copy_columns(stream_for(h), h0.view<float, 2>(), 0, to, 0, units);
  kernels_of(h).copy_columns(stream_for(h), from, 0, to, units, (t - 1) * units);
  return before;
}

// The recurrence alone: p [N, T, 3H] is the input's part, u [H, 3H] and b [3H] belong to the state.
Tensor recurrence(const Tensor& p, const Tensor& u, const Tensor& b, const Tensor& h0) {
  const Index n = p.extent(0), t = p.extent(1), units = u.extent(0);
  Tensor h = make({n, t, units}, p), kept = make({n, t, 4 * units}, p);
  kernels_of(p).gru_forward(stream_for(p), p.view<float, 3>(), u.view<float, 2>(), b.view<float, 1>(),
                            h0.view<float, 2>(), h.view<float, 3>(), kept.view<float, 3>());
  return record({"gru"}, h, {p, u, b, h0},
                [u = u.detached(), h0 = h0.detached(), h, kept, wants_u = wants_grad(u), wants_b = wants_grad(b),
                 wants_h0 = wants_grad(h0)](const Tensor& gh) -> Gradients {
                  const auto& k = kernels_of(gh);
                  const Index rows = h.extent(0) * h.extent(1), units = h.extent(2);
                  Tensor gp = make({h.extent(0), h.extent(1), 3 * units}, gh), gq = make_like(gp);
                  Tensor gh0 = make({h.extent(0), units}, gh);
                  k.gru_backward(stream_for(gh), u.view<float, 2>(), h0.view<float, 2>(), h.view<float, 3>(),
                                 kept.view<float, 3>(), gh.view<float, 3>(), gp.view<float, 3>(), gq.view<float, 3>(),
                                 gh0.view<float, 2>());
                  Tensor gu = make_if(wants_u, u.shape(), gh), gb = make_if(wants_b, {3 * units}, gh);
                  if (wants_u)
                    k.dense_backward_weights(stream_for(gh), states_before(h, h0).reshaped({rows, units}).rows(),
                                             gq.rows(), gu.view<float, 2>());
                  if (wants_b) k.bias_backward(stream_for(gh), gq.rows(), gb.view<float, 1>());
                  return {gp, gu, gb, wants_h0 ? gh0 : Tensor()};
                });
}

}  // namespace

Tensor gru(const Tensor& x, const Tensor& w, const Tensor& u, const Tensor& b, const Tensor& h0) {
  check_activations("gru", "x", x, 3, "[N, T, C]");
  check_rank("gru", "u", u, 2, "[H, 3H]");
  const Index units = u.extent(0);
  check(units >= 1 && x.extent(1) >= 1, "gru: needs a frame and a unit, got x ", x.shape(), " and u ", u.shape());
  check_shape("gru", "u", u, {units, 3 * units}, "[H, 3H]");
  check_shape("gru", "w", w, {x.extent(2), 3 * units}, "[C, 3H]");
  check_shape("gru", "b", b, {2, 3 * units}, "[2, 3H]");
  if (h0.defined()) check_shape("gru", "h0", h0, {x.extent(0), units}, "[N, H]");
  const Tensor both = reshape(b, {6 * units});
  return recurrence(dense(cast(x, DType::f32), w, columns(both, 0, 3 * units)), u, columns(both, 3 * units, 3 * units),
                    h0);
}

}  // namespace mueca
