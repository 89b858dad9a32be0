#include "core/tensor.h"

#include <gtest/gtest.h>

#include "core/autograd.h"

namespace mueca {
namespace {

std::string message_of(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Tensor, HoldsWhatItWasMadeFrom) {
  const Tensor t = Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(t.shape(), Shape({2, 3}));
  EXPECT_EQ(t.size(), 6);
  EXPECT_EQ(t.extent(-1), 3);
  EXPECT_EQ(t.dtype(), DType::f32);
  EXPECT_EQ(t.device(), Device::cpu);
  EXPECT_EQ(t.to_vector(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(Tensor::full({2, 2}, 1.5f).to_vector(), (std::vector<float>{1.5f, 1.5f, 1.5f, 1.5f}));
  const Tensor labels = Tensor::from<std::int32_t>(Shape{2}, std::vector<std::int32_t>{-1, 6});
  EXPECT_EQ(labels.dtype(), DType::i32);
  EXPECT_EQ(labels.to_vector<std::int32_t>(), (std::vector<std::int32_t>{-1, 6}));
  EXPECT_EQ(message_of([] { Tensor::from({2, 2}, {1, 2, 3}); }), "tensor: [2, 2] needs 4 values, got 3");
}

TEST(Tensor, CopiesOfTheHandleShareTheElements) {
  const Tensor a = Tensor::full(Shape{3}, 0), b = a, c = a.clone();
  a.data()[1] = 7;
  EXPECT_EQ(b.to_vector(), (std::vector<float>{0, 7, 0}));
  EXPECT_EQ(c.to_vector(), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(a.to(Device::cpu).data(), a.data());
}

TEST(Tensor, SlicesAndReshapesShareTheStorage) {
  const Tensor t = Tensor::from({3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Tensor row = t.slice(4, 4, {2, 2}), inner = row.slice(1, 2, Shape{2});
  EXPECT_EQ(row.to_vector(), (std::vector<float>{4, 5, 6, 7}));
  EXPECT_EQ(inner.to_vector(), (std::vector<float>{5, 6}));
  inner.data()[0] = -1;
  EXPECT_EQ(t.to_vector()[5], -1);
  EXPECT_EQ(t.reshaped({2, 6}).data(), t.data());
  EXPECT_EQ(row.clone().to_vector(), row.to_vector());
  EXPECT_EQ(message_of([&] { t.slice(9, 4, Shape{4}); }), "slice: [9, 13) as [4] of a tensor with 12 elements");
  EXPECT_EQ(message_of([&] { t.slice(0, 4, Shape{3}); }), "slice: [0, 4) as [3] of a tensor with 12 elements");
  EXPECT_EQ(message_of([&] { t.slice(-1, 4, Shape{4}); }), "slice: [-1, 3) as [4] of a tensor with 12 elements");
  EXPECT_EQ(message_of([&] { t.reshaped({5, 2}); }), "reshape: [3, 4] has 12 elements, [5, 2] has 10");
}

TEST(Tensor, ViewsCheckTypeAndRank) {
  const Tensor t({2, 3, 4, 5});
  const View<float, 4> v = t.view<float, 4>();
  EXPECT_EQ(v.extent[0], 2);
  EXPECT_EQ(v.extent[3], 5);
  EXPECT_EQ((t.view<float, 1>().extent[0]), 120);
  EXPECT_EQ(t.rows().extent[0], 24);
  EXPECT_EQ(t.rows().extent[1], 5);
  EXPECT_FALSE((Tensor().view<float, 2>()));
  EXPECT_FALSE(Tensor().rows());
  EXPECT_EQ(message_of([&] { t.view<float, 3>(); }), "tensor: [2, 3, 4, 5] seen as rank 3");
  EXPECT_EQ(message_of([&] { t.view<std::int32_t, 4>(); }), "tensor: is float32, wanted int32");
  EXPECT_EQ(message_of([&] { t.data<std::uint8_t>(); }), "tensor: is float32, wanted uint8");
  EXPECT_EQ(message_of([] { Tensor().data(); }), "tensor: no data");
  EXPECT_EQ(message_of([] { Tensor::full({}, 1).rows(); }), "tensor: a scalar has no rows");
}

TEST(Tensor, ItemIsTheOnlyElement) {
  EXPECT_EQ(Tensor::full({1, 1}, 4).item(), 4);
  EXPECT_EQ(message_of([] { Tensor::full(Shape{2}, 4).item(); }), "tensor: item() of [2]");
}

TEST(Tensor, CopyFromWantsTheSameSizeAndType) {
  const Tensor to({2, 2});
  to.copy_from(Tensor::from(Shape{4}, {1, 2, 3, 4}));
  EXPECT_EQ(to.to_vector(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(message_of([&] { to.copy_from(Tensor(Shape{3})); }), "copy: from float32 [3] to float32 [2, 2]");
  EXPECT_EQ(message_of([&] { to.copy_from(Tensor(Shape{4}, DType::i32)); }), "copy: from int32 [4] to float32 [2, 2]");
}

TEST(Tensor, MayHaveNoElements) {
  const Tensor none({0, 7});
  EXPECT_TRUE(none.defined());
  EXPECT_TRUE(none.to_vector().empty());
  EXPECT_EQ(none.rows().extent[0], 0);
  EXPECT_TRUE(none.clone().defined());
}

TEST(Tensor, RefusesMoreThanMemoryCanHold) {
  EXPECT_EQ(message_of([] { Tensor({Index{1} << 36, 1 << 10}); }).substr(0, 19), "memory: no room for");
  // In bytes this size is 64 modulo 2^64.
  EXPECT_EQ(message_of([] { Tensor(Shape{(Index{1} << 62) + 16}); }),
            "tensor: [4611686018427387920] has too many elements");
}

TEST(Tensor, DetachedLeavesTheTapeAndKeepsTheElements) {
  const Tensor v = variable(Tensor::full(Shape{2}, 3));
  EXPECT_TRUE(v.requires_grad());
  EXPECT_FALSE(v.detached().requires_grad());
  EXPECT_EQ(v.detached().data(), v.data());
  EXPECT_FALSE(v.clone().requires_grad());
  EXPECT_FALSE(v.reshaped({1, 2}).requires_grad());
}

TEST(Device, HasANameThatParses) {
  for (const Device device : {Device::cpu, Device::cuda, Device::emulated})
    EXPECT_EQ(parse_device(name_of(device)), device);
  EXPECT_EQ(message_of([] { parse_device("gpu"); }), "device: expected cpu, cuda or emulated, got 'gpu'");
  EXPECT_TRUE(has_device(Device::cpu));
}

}  // namespace
}  // namespace mueca
