// The plain vector kernels without an op of their own: fill, gather, scale, lerp, sum_of_squares, count_correct.
#include "core/kernels.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

using Kernel = std::function<void(const KernelTable&, Stream&, const std::vector<Tensor>&, const Tensor&)>;

// A kernel from `inputs` to y [n], which starts as NaN, or as a copy of input `in_place`.
Case make(std::string name, std::vector<Input> inputs, Index n, Kernel kernel,
          std::function<Real(const Arrays&, Index)> element, int in_place = -1) {
  Case c;
  c.name = std::move(name);
  c.inputs = std::move(inputs);
  for (Input& input : c.inputs) input.gradient = false;
  c.forward = [n, element](const Arrays& in) -> Arrays {
    Array y(Shape{n});
    for (Index i = 0; i < n; ++i) y(i) = element(in, i);
    return {y};
  };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Device device = in[0].device();
    const Tensor y =
        in_place < 0 ? Tensor(Shape{n}, DType::f32, device) : in[static_cast<std::size_t>(in_place)].clone();
    kernel(kernels(device), stream_of(device), in, y);
    return {y};
  };
  return c;
}

Case make_scale(Index n, bool alias, Values values) {
  const float factor = values == Values::integers ? 0.5f : 0.3f;
  const auto element = [factor](const Arrays& in, Index i) { return in[0](i) * in[1](0) * Real(factor); };
  const auto kernel = [=](const KernelTable& k, Stream& stream, const std::vector<Tensor>& in, const Tensor& y) {
    k.scale(stream, alias ? y.view<float, 1>() : in[0].view<float, 1>(), in[1].view<float, 1>(), factor,
            y.view<float, 1>());
  };
  Case c = make(str("scale ", n, alias ? " onto itself" : "", " by ", factor), {{Shape{n}, values}, {Shape{1}, values}},
                n, kernel, element, alias ? 0 : -1);
  c.inputs[1].given = {values == Values::integers ? -3.0f : 0.7f};
  c.exact = values == Values::integers;
  return c;
}

// t = factor, or (in_memory) 0.5 of the input's third number times factor.
Case make_lerp(Index n, float factor, bool in_memory) {
  const Real t = in_memory ? Real(0.5) * Real(factor) : Real(factor);
  const auto element = [t](const Arrays& in, Index i) { return in[1](i) + t * (in[0](i) - in[1](i)); };
  const auto kernel = [=](const KernelTable& k, Stream& stream, const std::vector<Tensor>& in, const Tensor& y) {
    const auto s = in_memory ? in[2].view<float, 1>() : Out<1>{};
    k.lerp(stream, in[0].view<float, 1>(), s, factor, y.view<float, 1>());
  };
  Case c = make(str("lerp ", n, " by ", factor, in_memory ? " times a number in memory" : ""), {{Shape{n}}, {Shape{n}}},
                n, kernel, element, 1);
  if (in_memory) c.inputs.push_back({Shape{1}, Values::reals, false, {0.5f}});
  return c;
}

// Ties in both, as the values are few.
Case make_correct(Index m, Index k) {
  const auto element = [=](const Arrays& in, Index) {
    double right = 0;
    for (Index row = 0; row < m; ++row) {
      Index best[2] = {0, 0};
      for (int i = 0; i < 2; ++i)
        for (Index j = 1; j < k; ++j)
          if (in[static_cast<std::size_t>(i)](row, j).v > in[static_cast<std::size_t>(i)](row, best[i]).v) best[i] = j;
      right += best[0] == best[1];
    }
    return Real(right);
  };
  const auto kernel = [](const KernelTable& table, Stream& stream, const std::vector<Tensor>& in, const Tensor& y) {
    table.count_correct(stream, in[0].view<float, 2>(), in[1].view<float, 2>(), y.view<float, 1>());
  };
  Case c = make(str("count_correct ", m, " of ", k), {{Shape{m, k}, Values::integers}, {Shape{m, k}, Values::integers}},
                1, kernel, element);
  c.exact = true;
  return c;
}

Case make_squares(Index n, Values values) {
  const auto element = [](const Arrays& in, Index) {
    Sum sum;
    for (const Real& x : in[0].at) sum += x.v * x.v;
    return rounded(sum.real().v, 0);  // the kernel sums in double: one rounding at the end
  };
  const auto kernel = [](const KernelTable& k, Stream& stream, const std::vector<Tensor>& in, const Tensor& y) {
    k.sum_of_squares(stream, in[0].view<float, 1>(), y.view<float, 1>());
  };
  Case c = make(str("sum_of_squares ", n, values == Values::integers ? " integers" : ""), {{Shape{n}, values}}, 1,
                kernel, element);
  c.exact = values == Values::integers;
  return c;
}

// The elements behind the view stay.
Case make_fill(Index n) {
  const auto element = [n](const Arrays& in, Index i) { return i < n ? Real(2.5) : in[0](i); };
  const auto kernel = [n](const KernelTable& k, Stream& stream, const std::vector<Tensor>&, const Tensor& y) {
    k.fill(stream, y.slice(0, n, Shape{n}).view<float, 1>(), 2.5f);
  };
  Case c = make(str("fill ", n), {{Shape{n + 5}}}, n + 5, kernel, element, 0);
  c.exact = true;
  return c;
}

// Pieces of these sizes, one after the other with a gap of two behind each, that stays.
Case make_gather(std::vector<Index> sizes) {
  Index n = 0, largest = 0;
  for (const Index size : sizes) n += size + 2, largest = std::max(largest, size);
  const auto element = [=](const Arrays& in, Index i) {
    Index at = 0;
    for (std::size_t piece = 0; piece < sizes.size(); at += sizes[piece++] + 2)
      if (i >= at && i < at + sizes[piece]) return in[1](static_cast<Index>(piece) % 3 + i - at);
    return in[0](i);
  };
  const auto kernel = [=](const KernelTable& k, Stream& stream, const std::vector<Tensor>& in, const Tensor& y) {
    Pieces pieces;
    Index at = 0;
    for (const Index size : sizes) {
      const int i = pieces.used++;
      pieces.from[i] = in[1].view<const float, 1>().data + i % 3;
      pieces.to[i] = at, pieces.count[i] = size;
      at += size + 2;
    }
    k.gather(stream, pieces, y.view<float, 1>());
  };
  Case c = make(str("gather ", sizes.size(), " pieces"), {{Shape{n}}, {Shape{largest + 2}}}, n, kernel, element, 0);
  c.exact = true;
  return c;
}

}  // namespace

Family vectors_family() {
  Family f;
  for (const Index n : {3, 33, 100003}) {
    f.cases.push_back(make_scale(n, false, Values::integers));
    f.cases.push_back(make_scale(n, true, Values::reals));
    f.cases.push_back(make_lerp(n, 0.25f, false));
    f.cases.push_back(make_lerp(n, 0.001f, false));
    f.cases.push_back(make_lerp(n, 0.3f, true));
    f.cases.push_back(make_squares(n, Values::integers));
    f.cases.push_back(make_squares(n, Values::wide));
  }
  f.cases.push_back(make_correct(12, 7));
  f.cases.push_back(make_correct(1001, 3));
  f.cases.push_back(make_gather({1, 1024, 3000, 0, 7}));
  f.cases.push_back(make_gather(std::vector<Index>(Pieces::kMost, 33)));
  for (const Index n : {7, 100003}) f.cases.push_back(make_fill(n));
  f.refusals = {
      {"a device that is not there", [] { kernels(Device{9}); }, "device: ? is not in this build"},
      {"an unknown kernel", [] { kernel_calls("conv3d"); }, "kernel_calls: no kernel is called 'conv3d'"},
  };
  return f;
}

}  // namespace mueca::suite
