// t-SNE's forces: kernels without an op, since nothing is differentiated through them.
#include "core/kernels.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

Real difference(const Arrays& in, Index axis, Index i, Index j) { return in[0](axis, i) - in[0](axis, j); }

// 1 + |a_i - a_j|^2
Real distance(const Arrays& in, Index i, Index j) {
  const Real dx = difference(in, 0, i, j), dy = difference(in, 1, i, j);
  return Real(1) + (dx * dx + dy * dy);
}

Case make_repulsion(Index n, Values values) {
  Case c;
  c.name = str("tsne_repulsion ", n, values == Values::wide ? " wide" : "");
  c.inputs = {{Shape{2, n}, values, false}};
  c.operations = 4 * static_cast<double>(n) * static_cast<double>(n);
  c.forward = [n](const Arrays& in) -> Arrays {
    Sums push({2, n}), z({n});
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j) {
        if (i == j) continue;
        const Real q = Real(1) / distance(in, i, j), qq = q * q;
        z(i) += q;
        for (Index axis = 0; axis < 2; ++axis) push(axis, i) += difference(in, axis, i, j) * qq;
      }
    return {reals(push), reals(z)};
  };
  c.op = [n](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Device device = in[0].device();
    const Tensor push(Shape{2, n}, DType::f32, device), z(Shape{n}, DType::f32, device);
    kernels(device).tsne_repulsion(stream_of(device), in[0].view<float, 2>(), push.view<float, 2>(),
                                   z.view<float, 1>());
    return {push, z};
  };
  return c;
}

// Rows of 16, 32, ... entries with columns from everywhere, as many as `longest` rows of 16.
Case make_attraction(Index n, Index longest) {
  std::vector<std::int32_t> start{0}, column;
  for (Index i = 0; i < n; ++i) {
    for (Index e = 0; e < 16 * (i % (longest + 1)); ++e)
      column.push_back(static_cast<std::int32_t>((i + 7 * e + 1) % n));
    start.push_back(static_cast<std::int32_t>(column.size()));
  }
  const auto entries = static_cast<Index>(column.size());
  Case c;
  c.name = str("tsne_attraction ", n, " with ", entries, " entries");
  c.inputs = {{Shape{2, n}, Values::wide, false}, {Shape{entries}, Values::positive, false}};
  c.operations = 8 * static_cast<double>(entries);
  c.forward = [=](const Arrays& in) -> Arrays {
    Sums pull({2, n});
    for (Index i = 0; i < n; ++i)
      for (auto e = static_cast<std::size_t>(start[static_cast<std::size_t>(i)]);
           e < static_cast<std::size_t>(start[static_cast<std::size_t>(i) + 1]); ++e) {
        const Index j = column[e];
        const Real force = in[1](static_cast<Index>(e)) / distance(in, i, j);
        for (Index axis = 0; axis < 2; ++axis) pull(axis, i) += force * difference(in, axis, i, j);
      }
    return {reals(pull)};
  };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Device device = in[0].device();
    const Tensor pull(Shape{2, n}, DType::f32, device);
    const auto on_device = [&](const std::vector<std::int32_t>& values) {
      return Tensor::from(Shape{static_cast<Index>(values.size())}, std::span(values), device);
    };
    kernels(device).tsne_attraction(stream_of(device), in[0].view<float, 2>(), in[1].view<float, 1>(),
                                    on_device(column).view<const std::int32_t, 1>(),
                                    on_device(start).view<const std::int32_t, 1>(), pull.view<float, 2>());
    return {pull};
  };
  return c;
}

}  // namespace

Family tsne_family() {
  Family f;
  for (const Index n : {3, 128, 300}) f.cases.push_back(make_repulsion(n, Values::reals));
  f.cases.push_back(make_repulsion(517, Values::wide));
  f.cases.push_back(make_attraction(5, 1));
  f.cases.push_back(make_attraction(200, 6));
  f.refusals = {{"points in one row", [] { Tensor(Shape{6}).view<float, 2>(); }, "tensor: [6] seen as rank 2"}};
  return f;
}

}  // namespace mueca::suite
