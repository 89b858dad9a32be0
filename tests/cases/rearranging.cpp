// concat, columns, reshape, flatten, and copy_columns underneath.
#include "core/kernels.h"
#include "tests/suite.h"

namespace mueca::suite {
namespace {

Case make_concat(Shape rows, std::vector<Index> widths) {
  Case c;
  c.name = str("concat of ", widths.size(), " over ", rows);
  std::vector<Index> extents(rows.begin(), rows.end());
  extents.push_back(0);
  for (Index width : widths) {
    extents.back() = width;
    c.inputs.push_back({Shape(extents), Values::reals});
  }
  const Index m = rows.size();
  c.forward = [=](const Arrays& in) -> Arrays {
    std::vector<Index> whole = extents;
    whole.back() = 0;
    for (Index width : widths) whole.back() += width;
    Array y{Shape(whole)};
    Index at = 0;
    for (Index row = 0; row < m; ++row)
      for (std::size_t part = 0; part < in.size(); ++part)
        for (Index j = 0; j < widths[part]; ++j) y(at++) = in[part](row * widths[part] + j);
    return {y};
  };
  c.gradient = [=](const Arrays& in, const Array& gy) {
    Arrays g;
    for (const Array& part : in) g.emplace_back(part.shape);
    Index at = 0;
    for (Index row = 0; row < m; ++row)
      for (std::size_t part = 0; part < in.size(); ++part)
        for (Index j = 0; j < widths[part]; ++j) g[part](row * widths[part] + j) = gy(at++);
    return g;
  };
  c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {concat(in)}; };
  c.differences = m < 1000;
  c.exact = true;
  return c;
}

Case make_reshape(Shape from, Shape to, bool flat) {
  Case c;
  c.name = str(flat ? "flatten " : "reshape ", from, " to ", to);
  c.inputs = {{from}};
  c.forward = [to](const Arrays& in) -> Arrays {
    Array y = in[0];
    y.shape = to;
    return {y};
  };
  c.gradient = [from](const Arrays&, const Array& gy) -> Arrays {
    Array gx = gy;
    gx.shape = from;
    return {gx};
  };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    return {flat ? flatten(in[0]) : reshape(in[0], to)};
  };
  c.exact = true;
  return c;
}

Case make_columns(Shape from, Index begin, Index count) {
  Case c;
  c.name = str("columns ", begin, " to ", begin + count, " of ", from);
  c.inputs = {{from}};
  const Index width = from[-1];
  c.forward = [=](const Arrays& in) -> Arrays {
    std::vector<Index> extents(from.begin(), from.end());
    extents.back() = count;
    Array y{Shape(extents)};
    for (Index i = 0; i < y.size(); ++i) y(i) = in[0](i / count * width + begin + i % count);
    return {y};
  };
  c.gradient = [=](const Arrays&, const Array& gy) -> Arrays {
    Array gx(from);
    for (Index i = 0; i < gy.size(); ++i) gx(i / count * width + begin + i % count) = gy(i);
    return {gx};
  };
  c.op = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {columns(in[0], begin, count)}; };
  c.exact = true;
  return c;
}

// Columns 1-3 of x land on columns 2-4 of y; what else y holds stays.
Case make_copy() {
  Case c;
  c.name = "copy_columns";
  c.inputs = {{{5, 4}, Values::reals, false}, {{5, 7}, Values::reals, false}};
  c.forward = [](const Arrays& in) -> Arrays {
    Array y = in[1];
    for (Index i = 0; i < 5; ++i)
      for (Index j = 0; j < 3; ++j) y(i, j + 2) = in[0](i, j + 1);
    return {y};
  };
  c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Tensor y = in[1].clone();
    kernels(y.device()).copy_columns(stream_of(y.device()), in[0].act<2>(), 1, y.act<2>(), 2, 3);
    return {y};
  };
  c.exact = true;
  return c;
}

// To bfloat16 and back, or where activations are float32 always, the two kernels that do it, as copies.
Case make_cast(Shape shape) {
  Case c;
  c.name = str("cast ", shape);
  c.inputs = {{shape, Values::integers, false}};
  c.forward = [](const Arrays& in) -> Arrays { return {in[0]}; };
  c.op = [](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Tensor& x = in[0];
    if (x.device() != Device::cpu) return {cast(cast(x, DType::bf16), DType::f32)};
    const Tensor narrow(x.shape()), wide(x.shape());
    kernels(Device::cpu).narrow(stream_of(Device::cpu), x.view<float, 1>(), narrow.act<1>());
    kernels(Device::cpu).widen(stream_of(Device::cpu), narrow.act<1>(), wide.view<float, 1>());
    return {wide};
  };
  c.exact = true;
  return c;
}

}  // namespace

Family rearranging_family() {
  Family f;
  f.activations = {0, 1, 2};
  f.cases = {
      make_concat(Shape{4}, {3, 5}),
      make_concat({2, 3, 3}, {16, 1, 33}),
      make_concat({1, 2}, {4}),
      make_concat({3, 2}, {8, 24}),  // 16 bytes at once
      make_concat({700, 5}, {17, 8}),
      make_columns({3, 5}, 1, 3),
      make_columns({2, 3, 4}, 3, 1),
      make_columns({2, 3, 24}, 8, 16),
      make_columns({5, 24}, 4, 16),  // which begin where bfloat16 has no 16-byte access
      make_columns(Shape{6}, 0, 4),
      make_columns({40, 9}, 0, 9),
      make_reshape({2, 3, 4}, {6, 4}, false),
      make_reshape({2, 3, 4, 5}, {2, 60}, true),
      make_copy(),
      make_cast({3, 7}),
      make_cast({16, 33}),
  };
  f.refusals = {
      {"no parts", [] { concat({}); }, "concat: needs at least one part"},
      {"an absent part",
       [] {
         concat({Tensor({2, 3}), {}});
       },
       "concat: each part must be a tensor, got nothing"},
      {"rows that differ",
       [] {
         concat({Tensor({2, 3}), Tensor({3, 3})});
       },
       "concat: part 1 must agree with part 0 but for the last axis, [2, 3], got [3, 3]"},
      {"ranks that differ",
       [] {
         concat({Tensor({2, 3}), Tensor(Shape{2})});
       },
       "concat: part 1 must agree with part 0 but for the last axis, [2, 3], got [2]"},
      {"columns beyond the last",
       [] {
         columns(Tensor({2, 3}), 1, 3);
       },
       "columns: 1 to 4 of x [2, 3]"},
      {"another size",
       [] {
         reshape(Tensor({2, 3}), {2, 4});
       },
       "reshape: [2, 3] has 6 elements, [2, 4] has 8"},
      {"cast to integers", [] { cast(Tensor(Shape{2}), DType::i32); }, "cast: to float32 or bfloat16, got int32"},
      {"activations of two kinds",
       [] {
         add(Tensor({2, 3}), Tensor({2, 3}, DType::bf16));
       },
       "add: b must be float32 as the first is, got bfloat16"},
      {"bfloat16 on the CPU", [] { cast(Tensor(Shape{2}), DType::bf16); },
       "kernels: an activation is bfloat16, expected float32"},
      {"flatten nothing", [] { flatten({}); }, "flatten: x must be a tensor, got nothing"},
  };
  return f;
}

}  // namespace mueca::suite
