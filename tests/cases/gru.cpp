// gru: gated recurrent units over frames, reset after the product.
#include "tests/suite.h"

namespace mueca::suite {
namespace {

Real tanh(Real a) { return 2 * sigmoid(2 * a) - 1; }

struct Step {
  Array before, z, r, c, qc, h;  // [N, H] each
};

// row n of x [N, T, C] or [N, H] times w plus b, b being row `which` of [2, 3H]: [N, 3H]
Array project(const Array& x, const Array& w, const Array& b, Index which, Index n_count, Index stride, Index offset) {
  Sums y({n_count, w.shape[1]});
  for (Index n = 0; n < n_count; ++n)
    for (Index j = 0; j < w.shape[1]; ++j) {
      for (Index i = 0; i < w.shape[0]; ++i) y(n, j) += x(n * stride + offset + i) * w(i, j);
      y(n, j) += b(which, j);
    }
  return reals(y);
}

std::vector<Step> walk(const Arrays& in) {  // x [N, T, C], w [C, 3H], u [H, 3H], b [2, 3H], [h0 [N, H]]
  const Index n = in[0].shape[0], t = in[0].shape[1], c = in[0].shape[2], units = in[2].shape[0];
  std::vector<Step> steps;
  Array h = in.size() > 4 ? in[4] : Array({n, units});
  for (Index frame = 0; frame < t; ++frame) {
    const Array p = project(in[0], in[1], in[3], 0, n, t * c, frame * c);
    const Array q = project(h, in[2], in[3], 1, n, units, 0);
    Step s{h, h, h, h, h, h};
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < units; ++j) {
        s.z(i, j) = sigmoid(p(i, j) + q(i, j));
        s.r(i, j) = sigmoid(p(i, units + j) + q(i, units + j));
        s.qc(i, j) = q(i, 2 * units + j);
        s.c(i, j) = tanh(p(i, 2 * units + j) + s.r(i, j) * s.qc(i, j));
        s.h(i, j) = s.z(i, j) * h(i, j) + (1 - s.z(i, j)) * s.c(i, j);
      }
    h = s.h;
    steps.push_back(std::move(s));
  }
  return steps;
}

Arrays forward(const Arrays& in) {
  const Index n = in[0].shape[0], t = in[0].shape[1], units = in[2].shape[0];
  const std::vector<Step> steps = walk(in);
  Array y({n, t, units});
  for (Index i = 0; i < n; ++i)
    for (Index frame = 0; frame < t; ++frame)
      for (Index j = 0; j < units; ++j) y(i, frame, j) = steps[static_cast<std::size_t>(frame)].h(i, j);
  return {y};
}

Arrays gradient(const Arrays& in, const Array& gy) {
  const Index n = in[0].shape[0], t = in[0].shape[1], c = in[0].shape[2], units = in[2].shape[0];
  const std::vector<Step> steps = walk(in);
  Sums gx(in[0].shape), gw(in[1].shape), gu(in[2].shape), gb(in[3].shape);
  Array carry({n, units});
  for (Index frame = t; frame-- > 0;) {
    const Step& s = steps[static_cast<std::size_t>(frame)];
    Array gp({n, 3 * units}), gq({n, 3 * units});
    Sums past({n, units});
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < units; ++j) {
        const Real z = s.z(i, j), r = s.r(i, j), candidate = s.c(i, j), g = gy(i, frame, j) + carry(i, j);
        const Real gc = g * (1 - z) * (1 - candidate * candidate);
        gp(i, j) = gq(i, j) = g * (s.before(i, j) - candidate) * z * (1 - z);
        gp(i, units + j) = gq(i, units + j) = gc * s.qc(i, j) * r * (1 - r);
        gp(i, 2 * units + j) = gc;
        gq(i, 2 * units + j) = gc * r;
        past(i, j) += g * z;
      }
    for (Index i = 0; i < n; ++i)
      for (Index k = 0; k < 3 * units; ++k) {
        gb(0, k) += gp(i, k);
        gb(1, k) += gq(i, k);
        for (Index j = 0; j < c; ++j)
          gx(i, frame, j) += gp(i, k) * in[1](j, k), gw(j, k) += in[0](i, frame, j) * gp(i, k);
        for (Index j = 0; j < units; ++j) past(i, j) += gq(i, k) * in[2](j, k), gu(j, k) += s.before(i, j) * gq(i, k);
      }
    carry = reals(past);
  }
  Arrays result{reals(gx), reals(gw), reals(gu), reals(gb)};
  if (in.size() > 4) result.push_back(carry);
  return result;
}

Case make_gru(Shape x, Index units, bool begun) {
  Case c;
  c.name = str("gru ", x, " to ", units, begun ? " from a state" : "");
  c.inputs = {{x}, {{x[2], 3 * units}}, {{units, 3 * units}}, {{2, 3 * units}}};
  if (begun) c.inputs.push_back({{x[0], units}});
  c.forward = forward;
  c.gradient = gradient;
  c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    return {gru(in[0], in[1], in[2], in[3], in.size() > 4 ? in[4] : Tensor())};
  };
  c.differences = x.size() * units < 3000;
  return c;
}

}  // namespace

Family gru_family() {
  Family f;
  f.cases = {
      make_gru({1, 1, 1}, 2, true),  make_gru({2, 3, 4}, 3, false),   make_gru({2, 3, 4}, 3, true),
      make_gru({3, 1, 5}, 4, true),   make_gru({1, 7, 2}, 5, true),    make_gru({4, 2, 3}, 1, false),
      make_gru({5, 4, 16}, 17, true), make_gru({3, 5, 40}, 64, false),
  };
  const Tensor x({2, 3, 4}), w({4, 15}), u({5, 15}), b({2, 15});
  f.refusals = {
      {"x of rank 2",
       [=] {
         gru(Tensor({2, 4}), w, u, b);
       },
       "gru: x must be [N, T, C], got [2, 4]"},
      {"no frame",
       [=] {
         gru(Tensor({2, 0, 4}), w, u, b);
       },
       "gru: needs a frame and a unit, got x [2, 0, 4]"},
      {"u not three blocks",
       [=] {
         gru(x, w, Tensor({5, 10}), b);
       },
       "gru: u must be [H, 3H] = [5, 15], got [5, 10]"},
      {"w of other channels",
       [=] {
         gru(x, Tensor({3, 15}), u, b);
       },
       "gru: w must be [C, 3H] = [4, 15], got [3, 15]"},
      {"one bias", [=] { gru(x, w, u, Tensor(Shape{15})); }, "gru: b must be [2, 3H] = [2, 15], got [15]"},
      {"another batch's state",
       [=] {
         gru(x, w, u, b, Tensor({3, 5}));
       },
       "gru: h0 must be [N, H] = [2, 5], got [3, 5]"},
  };
  return f;
}

}  // namespace mueca::suite
