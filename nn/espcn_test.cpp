#include "nn/espcn.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/files/atomic_file.h"
#include "core/files/hdf5.h"
#include "core/random.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

Tensor random_tensor(Shape shape, float low, float high, std::uint32_t lane) {
  const Tensor t(std::move(shape));
  Random random({17, RandomStream::test}, lane);
  for (float& v : t.span()) v = random.uniform(low, high);
  return t;
}

// The last layer starts at zero; this gives every weight something to do.
void stir(Espcn& network) {
  std::uint32_t lane = 0;
  for (const auto& p : network.parameters) p.value.copy_from(random_tensor(p.value.shape(), -0.2f, 0.2f, ++lane));
}

// Discs with sharp rims, u8 [T, side, side], each pixel the mean of 4 x 4 samples.
Tensor discs(Index count, Index side) {
  const Tensor images({count, side, side}, DType::u8);
  auto* to = images.data<std::uint8_t>();
  for (Index t = 0; t < count; ++t) {
    Random random({5, RandomStream::test}, static_cast<std::uint32_t>(t));
    const auto s = static_cast<float>(side);
    const float x = random.uniform(0.3f * s, 0.7f * s), y = random.uniform(0.3f * s, 0.7f * s);
    const float radius = random.uniform(0.15f * s, 0.4f * s);
    for (Index i = 0; i < side; ++i)
      for (Index j = 0; j < side; ++j) {
        int inside = 0;
        for (int k = 0; k < 16; ++k) {
          const float u = static_cast<float>(i) + (static_cast<float>(k / 4) + 0.5f) / 4 - y;
          const float v = static_cast<float>(j) + (static_cast<float>(k % 4) + 0.5f) / 4 - x;
          inside += u * u + v * v < radius * radius;
        }
        *to++ = static_cast<std::uint8_t>(40 + 160 * inside / 16);
      }
  }
  return images;
}

Tensor halved(const Tensor& images) {
  const Index n = images.extent(0), h = images.extent(1) / 2, w = images.extent(2) / 2;
  const Tensor out({n, h, w}, DType::u8);
  const auto* const from = images.data<std::uint8_t>();
  for (Index t = 0; t < n; ++t)
    for (Index i = 0; i < h; ++i)
      for (Index j = 0; j < w; ++j) {
        const auto* const at = from + (t * h + i) * 4 * w + 2 * j;
        out.data<std::uint8_t>()[(t * h + i) * w + j] =
            static_cast<std::uint8_t>((at[0] + at[1] + at[2 * w] + at[2 * w + 1] + 2) / 4);
      }
  return out;
}

double squared_error(const Tensor& a, const Tensor& b) {  // u8, in gray levels
  const auto x = a.span<std::uint8_t>(), y = b.span<std::uint8_t>();
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return sum / static_cast<double>(x.size());
}

TEST(Espcn, DepthToSpaceIsADoubleLoop) {
  for (const int r : {2, 3, 4}) {
    const Index n = 2, h = 3, w = 5;
    const Tensor x = random_tensor({n, h, w, r * r}, -1, 1, 1), y = depth_to_space(x, r);
    ASSERT_EQ(y.shape(), Shape({n, h * r, w * r, 1}));
    for (Index t = 0; t < n; ++t)
      for (Index i = 0; i < h * r; ++i)
        for (Index j = 0; j < w * r; ++j)
          ASSERT_EQ(y.data()[(t * h * r + i) * w * r + j],
                    x.data()[((t * h + i / r) * w + j / r) * r * r + (i % r) * r + j % r])
              << "factor " << r << " image " << t << " pixel " << i << ", " << j;
  }
  EXPECT_THROW(depth_to_space(Tensor::full({1, 2, 2, 5}, 0), 2), Error);
  EXPECT_THROW(depth_to_space(Tensor::full({2, 2, 4}, 0), 2), Error);
}

TEST(Espcn, BeginsAsBilinearUpsampling) {
  const Espcn network(3, 1);
  const Tensor x = random_tensor({2, 6, 5, 1}, 0, 1, 2);
  EXPECT_EQ(network(x).to_vector(), resize_bilinear(x, 18, 15).to_vector());
  EXPECT_EQ(network.parameters.value_count(), 1600 + 64 + 18432 + 32 + 32 * 9 * 9 + 9);
  EXPECT_THROW(Espcn(1), Error);
  EXPECT_THROW(Espcn(5), Error);
}

TEST(Espcn, GradientOfTheSquaredErrorByCentralDifferences) {
  Espcn network(2, 1);
  stir(network);
  const Tensor x = random_tensor({1, 4, 5, 1}, 0, 1, 20), target = random_tensor({1, 8, 10, 1}, 0, 1, 21);
  const auto loss = [&] {
    const Tensor y = network(x).detached();
    double sum = 0;
    for (Index i = 0; i < y.size(); ++i) sum += std::pow(static_cast<double>(y.data()[i]) - target.data()[i], 2);
    return sum / static_cast<double>(y.size());
  };
  EXPECT_NEAR(backward_squared_error(network(x), target), loss(), 1e-7);
  for (const auto& p : network.parameters) {
    const auto gradient = grad_of(p.value).to_vector();
    EXPECT_GT(*std::ranges::max_element(gradient), 0.002f) << p.name;  // something to compare
    for (Index k = 0; k < 5; ++k) {
      const auto at = static_cast<std::size_t>(k * (p.value.size() - 1) / 4);
      float& weight = p.value.span()[at];
      const float before = weight, h = 1e-3f;
      weight = before + h;
      const double above = loss();
      weight = before - h;
      const double below = loss();
      weight = before;
      EXPECT_NEAR(gradient[at], (above - below) / (2 * h), 0.01 * std::abs(gradient[at]) + 2e-4) << p.name << " " << at;
    }
  }
}

TEST(Espcn, LearnsToSharpenRimsAndRepeatsItself) {
  const Tensor large = discs(48, 24), small = halved(large), unseen = discs(64, 24);
  const auto fit = [&](Espcn& network) {
    double last = 0;
    EXPECT_TRUE(train_espcn(network, small, large, {.epochs = 12, .batch = 8}, [&](const EspcnStep& s) {
      last = s.error;
      return true;
    }));
    return last;
  };
  Espcn network(2, 1), again(2, 1);
  const double bilinear = squared_error(network.upscale(halved(unseen)), unseen);
  const double error = fit(network);
  EXPECT_LT(squared_error(network.upscale(halved(unseen)), unseen), 0.6 * bilinear);
  EXPECT_EQ(fit(again), error);
  EXPECT_EQ(network.parameters.flat().to_vector(), again.parameters.flat().to_vector());
}

TEST(Espcn, StopsWhenAskedAndRefusesPairsThatAreNone) {
  Espcn network(2);
  const Tensor large = discs(4, 8), small = halved(large);
  int steps = 0;
  EXPECT_FALSE(train_espcn(network, small, large, {.batch = 1}, [&](const EspcnStep&) { return ++steps < 3; }));
  EXPECT_EQ(steps, 3);
  const auto go_on = [](const EspcnStep&) { return true; };
  EXPECT_THROW(train_espcn(network, large, large, {}, go_on), Error);
  EXPECT_THROW(train_espcn(network, small, large, {.epochs = 0}, go_on), Error);
  EXPECT_THROW(train_espcn(network, small, large, {.lr = 1e30f}, go_on), Error);
  for (const auto& p : network.parameters) p.value.copy_from(Tensor::full(p.value.shape(), 1e30f));
  EXPECT_THROW(static_cast<void>(network.upscale(small)), Error);
  EXPECT_THROW(static_cast<void>(network.upscale(Tensor::full({1, 4, 4}, 0))), Error);
}

class EspcnFile : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::path(testing::TempDir()) / str("mueca_espcn_", info->name(), "_", ::getpid(), ".h5");
  }
  void TearDown() override { fs::remove(path_); }
  std::string complaint() const {
    try {
      load_espcn(path_);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  // A file as save_espcn writes it, but for what `spoil` says of a parameter's shape and values, and the attributes.
  void write(std::string_view format, int version, int factor,
             const std::function<void(const std::string&, Shape&, std::vector<float>&)>& spoil) const {
    const Espcn network(2, 1);
    Hdf5File file = Hdf5File::create(path_);
    file.write_text("/", "format", format);
    file.write_integer("/", "version", version);
    file.write_integer("/", "factor", factor);
    for (const auto& p : network.parameters) {
      Shape shape = p.value.shape();
      auto values = p.value.to_vector();
      spoil(p.name, shape, values);
      file.write<float>("parameters/" + p.name, shape, values);
    }
  }
  fs::path path_;
};

TEST_F(EspcnFile, ComesBackToTheBit) {
  Espcn network(3, 7);
  stir(network);
  save_espcn(path_, network);
  const auto back = load_espcn(path_);
  EXPECT_EQ(back->factor(), 3);
  EXPECT_EQ(back->parameters.flat().to_vector(), network.parameters.flat().to_vector());
  const std::string bytes = read_file(path_, 1 << 20);
  save_espcn(path_, *back);
  EXPECT_EQ(read_file(path_, 1 << 20), bytes);
}

TEST_F(EspcnFile, SaysWhatIsWrong) {
  const auto nothing = [](const std::string&, Shape&, std::vector<float>&) {};
  write("mueca espcn", 1, 2, nothing);
  EXPECT_EQ(complaint(), "no error");
  write("mueca checkpoint", 1, 2, nothing);
  EXPECT_EQ(complaint(), path_.string() + ": is not an ESPCN network of mueca");
  write("mueca espcn", 2, 2, nothing);
  EXPECT_EQ(complaint(), path_.string() + ": is an ESPCN network of version 2; this build reads 1");
  write("mueca espcn", 1, 1 << 20, nothing);
  EXPECT_EQ(complaint(), path_.string() + ": factor must be 2 to 4, got 1048576");
  write("mueca espcn", 1, 3, nothing);  // the weights are for another factor
  EXPECT_NE(complaint().find("parameters/pixels/kernel"), std::string::npos) << complaint();
  write("mueca espcn", 1, 2, [](const std::string& name, Shape&, std::vector<float>& values) {
    if (name == "narrow/bias") values[3] = std::numeric_limits<float>::quiet_NaN();
  });
  EXPECT_NE(complaint().find("parameters/narrow/bias"), std::string::npos) << complaint();
  write("mueca espcn", 1, 2, [](const std::string& name, Shape& shape, std::vector<float>& values) {
    if (name == "wide/kernel") shape = Shape({1 << 20}), values.assign(1 << 20, 0.0f);
  });
  EXPECT_EQ(complaint().find(path_.string()), 0u) << complaint();
  write_file_atomically(path_, "not HDF5");
  EXPECT_EQ(complaint().find(path_.string()), 0u) << complaint();
}

// Bytes changed at random: an Error that names the file, or finite weights.
TEST_F(EspcnFile, DamageIsRefusedOrHarmless) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "skipped: HDF5 1.10's own decoder of attributes reads past damaged ones, as the sanitizer reports";
#endif
  save_espcn(path_, Espcn(2, 1));
  const std::string whole = read_file(path_, 1 << 20);
  int refused = 0;
  for (std::uint32_t round = 0; round < 100; ++round) {
    Random random({23, RandomStream::test}, round);
    std::string bytes = whole;
    for (int i = 0; i < 6; ++i) bytes[random.below(3000)] = static_cast<char>(random.word());
    write_file_atomically(path_, bytes);
    try {
      const auto network = load_espcn(path_);
      for (const auto& p : network->parameters)
        for (const float v : p.value.span()) ASSERT_TRUE(std::isfinite(v)) << "round " << round;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).rfind(path_.string(), 0), 0u) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 10);
}

}  // namespace
}  // namespace mueca
