#include "core/graph.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "core/gpu/fake.h"
#include "core/gpu/machine.h"
#include "core/tensor.h"

namespace mueca {
namespace {

TEST(RecordedWork, IsJustWorkWhereNothingCanBeRecorded) {
  for (const Device device : {Device::cpu, Device::emulated}) {
    RecordedWork work(device);
    int runs = 0;
    for (int i = 0; i < 3; ++i) work.run([&] { ++runs; });
    work.reset();
    work.run([&] { ++runs; });
    EXPECT_EQ(runs, 4);
  }
}

struct GpuRecording : testing::Test {
  gpu::FakeGpu gpu;
  const gpu::Api api = gpu.api();
  const gpu::MachineScope scope{api};
  void kernel(std::function<void()> work) { gpu.enqueue(stream_of(Device::cuda).handle, std::move(work)); }

  // y = x + 1 by way of a scratch buffer.
  Tensor plus_one(const Tensor& x) {
    const Tensor scratch(x.shape(), DType::f32, Device::cuda), y(x.shape(), DType::f32, Device::cuda);
    float *const in = x.view<float, 1>().data, *const mid = scratch.view<float, 1>().data,
                 *const out = y.view<float, 1>().data;
    const auto n = static_cast<std::size_t>(x.size());
    kernel([=] { std::copy(in, in + n, mid); });
    kernel([=] {
      for (std::size_t i = 0; i < n; ++i) out[i] = mid[i] + 1;
    });
    return y;
  }
};

std::string message_of(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(GpuRecording, RunsThenRecordsThenIsStarted) {
  RecordedWork work(Device::cuda);
  const Tensor x(Shape{3}, DType::f32, Device::cuda);
  Tensor y;
  int called = 0;
  for (int i = 0; i < 5; ++i) {
    x.copy_from(Tensor::full(Shape{3}, static_cast<float>(10 * i)));
    work.run([&] { y = plus_one(plus_one(x)), ++called; });
    EXPECT_EQ(y.to_vector(), std::vector<float>(3, static_cast<float>(10 * i + 2))) << "call " << i;
  }
  EXPECT_EQ(called, 2);
  EXPECT_EQ(gpu.calls("launch"), 4);
}

// What the recording used may not be handed out as long as it may run again, though every tensor of it is gone.
TEST_F(GpuRecording, ItsMemoryServesNobodyElse) {
  const Tensor x = Tensor::full(Shape{1000}, 1).to(Device::cuda);
  std::optional<RecordedWork> work(std::in_place, Device::cuda);
  Tensor y;
  for (int i = 0; i < 2; ++i) work->run([&] { y = plus_one(plus_one(x)); });
  std::vector<Tensor> others;
  for (int i = 0; i < 50; ++i) others.push_back(Tensor::full(Shape{1000}, 5).to(Device::cuda));
  work->run([] { FAIL() << "it is recorded"; });
  for (const Tensor& other : others) EXPECT_EQ(other.to_vector(), std::vector<float>(1000, 5));
  EXPECT_EQ(y.to_vector(), std::vector<float>(1000, 3));
  const int asked = gpu.calls("allocate");
  work.reset();
  EXPECT_EQ(y.to_vector(), std::vector<float>(1000, 3)) << "a tensor outlives the recording that made it";
  others.clear(), y = {};
  EXPECT_NO_THROW(Tensor(Shape{7000000}, DType::f32, Device::cuda)) << "most of one segment, of either";
  EXPECT_EQ(gpu.calls("allocate"), asked) << "its memory is everybody's again";
}

// A buffer of somebody else that is freed while the stream records: the recording may use it at each start.
TEST_F(GpuRecording, KeepsWhatIsFreedWhileItRecords) {
  const Shape most_of_a_segment{5000000};
  Tensor input = Tensor::full(most_of_a_segment, 1).to(Device::cuda), y;
  const float* const data = input.view<float, 1>().data;
  std::optional<RecordedWork> work(std::in_place, Device::cuda);
  for (int i = 0; i < 2; ++i)
    work->run([&] {
      y = plus_one(input);
      if (i == 1) input = {};
    });
  const auto handed_out = [&](int tensors) {
    std::vector<Tensor> held;
    bool found = false;
    for (int i = 0; i < tensors; ++i) {
      held.emplace_back(most_of_a_segment, DType::f32, Device::cuda);
      found |= held.back().view<float, 1>().data == data;
    }
    return found;
  };
  EXPECT_FALSE(handed_out(3));
  work.reset();
  EXPECT_TRUE(handed_out(30));
}

TEST_F(GpuRecording, TheSecondCallNeedsNoMemoryOfItsOwn) {
  const Tensor x = Tensor::full(Shape{100}, 1).to(Device::cuda);
  RecordedWork work(Device::cuda);
  const auto step = [&] {
    Tensor y = x;
    for (int i = 0; i < 30; ++i) y = plus_one(y);
  };
  work.run(step);
  const int before = gpu.calls("allocate");
  for (int i = 0; i < 5; ++i) work.run(step);
  EXPECT_EQ(gpu.calls("allocate"), before);
  work.reset();
  for (int i = 0; i < 5; ++i) work.run(step);
  EXPECT_EQ(gpu.calls("allocate"), before) << "an idle segment becomes the new recording's";
}

TEST_F(GpuRecording, EndsCleanlyWhenWorkFails) {
  const Tensor x = Tensor::full(Shape{3}, 1).to(Device::cuda);
  RecordedWork work(Device::cuda);
  Tensor y;
  const auto good = [&] { y = plus_one(x); };
  struct Bad {
    std::function<void()> call;
    std::string message;
  };
  const Bad bad[] = {
      {[] { throw Error("work: broken"); }, "work: broken"},
      {[&] { plus_one(x).to_vector(); }, "recorded work: cannot copy to the host while it is recorded"},
      {[&] { x.copy_from(Tensor::full(Shape{3}, 2)); },
       "recorded work: cannot copy from the host while it is recorded"},
      {[] { synchronize(Device::cuda); }, "recorded work: cannot wait for the GPU while it is recorded"},
      {[] { RecordedWork(Device::cuda).run([] {}); }, "recorded work: cannot run within other recorded work"},
      {[&] { api.synchronize(stream_of(Device::cuda).handle); }, "cuda: cannot record work: broken recording"}};
  for (const Bad& b : bad) {
    work.run(good);
    EXPECT_EQ(message_of([&] { work.run(b.call); }), b.message);
    EXPECT_EQ(plus_one(x).to_vector(), (std::vector<float>{2, 2, 2})) << "the stream runs again after: " << b.message;
  }
  gpu.breaks_captures = true;
  work.run(good);
  EXPECT_EQ(message_of([&] { work.run(good); }), "cuda: cannot record work: broken recording");
  gpu.breaks_captures = false;
  for (int i = 0; i < 3; ++i) work.run(good);
  EXPECT_EQ(y.to_vector(), (std::vector<float>{2, 2, 2}));
  EXPECT_EQ(gpu.calls("begin_capture"), gpu.calls("end_capture"));
}

TEST_F(GpuRecording, AFirstCallThatFailsIsStillTheFirst) {
  RecordedWork work(Device::cuda);
  EXPECT_THROW(work.run([] { throw Error("no"); }), Error);
  int called = 0;
  for (int i = 0; i < 3; ++i) work.run([&] { ++called; });
  EXPECT_EQ(called, 2);
}

TEST_F(GpuRecording, BelongsToItsThread) {
  RecordedWork work(Device::cuda);
  work.run([] {});
  std::thread([&] {
    EXPECT_EQ(message_of([&] { work.run([] {}); }), "recorded work: belongs to the thread that ran it first");
  }).join();
}

// Another thread allocates, copies and frees while this one records.
TEST_F(GpuRecording, OtherThreadsGoOnMeanwhile) {
  RecordedWork work(Device::cuda);
  const Tensor x = Tensor::full(Shape{3}, 1).to(Device::cuda);
  Tensor y;
  for (int i = 0; i < 3; ++i)
    work.run([&] {
      std::thread([&] { EXPECT_NO_THROW(Tensor::full(Shape{5000}, 4).to(Device::cuda)); }).join();
      y = plus_one(x);
    });
  EXPECT_EQ(y.to_vector(), (std::vector<float>{2, 2, 2}));
}

}  // namespace
}  // namespace mueca
