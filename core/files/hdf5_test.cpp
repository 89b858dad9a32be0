#include "core/files/hdf5.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>

#include "core/files/sha256.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

class Hdf5 : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::path(testing::TempDir()) / str("mueca_", info->name(), "_", ::getpid(), ".h5");
  }
  void TearDown() override { fs::remove(path_); }
  template <class Action>
  std::string message(const Action& action) const {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  std::string at(const std::string& place) const { return path_.string() + ": " + place; }

  fs::path path_;
};

template <class T>
std::vector<T> counting(std::size_t n) {
  std::vector<T> values(n);
  std::iota(values.begin(), values.end(), T{1});
  return values;
}

TEST_F(Hdf5, RoundTripOfEveryType) {
  {
    auto file = Hdf5File::create(path_);
    const auto put = [&]<class T>(const char* name, T) { file.write<T>(name, {2, 3}, counting<T>(6)); };
    put("a/f32", float{}), put("a/f64", double{}), put("a/i8", std::int8_t{}), put("a/u8", std::uint8_t{});
    put("a/i16", std::int16_t{}), put("a/u16", std::uint16_t{}), put("a/i32", std::int32_t{});
    put("a/u32", std::uint32_t{}), put("a/i64", std::int64_t{}), put("a/u64", std::uint64_t{});
    file.write<float>("scalar", {}, std::vector<float>{7});
    file.write<float>("none", {0, 4}, std::vector<float>{});
    file.write<std::uint8_t>("packed", {100, 50}, std::vector<std::uint8_t>(5000, 3), {.chunk_rows = 30, .deflate = 4});
    file.close();
  }
  const auto file = Hdf5File::open_read(path_);
  const auto get = [&]<class T>(const char* name, T) { EXPECT_EQ(file.read<T>(name, {2, 3}), counting<T>(6)) << name; };
  get("a/f32", float{}), get("a/f64", double{}), get("a/i8", std::int8_t{}), get("a/u8", std::uint8_t{});
  get("a/i16", std::int16_t{}), get("a/u16", std::uint16_t{}), get("a/i32", std::int32_t{});
  get("a/u32", std::uint32_t{}), get("a/i64", std::int64_t{}), get("a/u64", std::uint64_t{});
  EXPECT_EQ(file.read<float>("scalar", {}), std::vector<float>{7});
  EXPECT_EQ(file.shape_of("none"), (Shape{0, 4}));
  EXPECT_TRUE(file.read<float>("none").empty());
  EXPECT_EQ(file.read<std::uint8_t>("packed"), std::vector<std::uint8_t>(5000, 3));
  EXPECT_LT(fs::file_size(path_), 30'000u);
  EXPECT_EQ(file.list("/"), (std::vector<std::string>{"a", "none", "packed", "scalar"}));
  EXPECT_EQ(file.list("a").size(), 10u);
  EXPECT_TRUE(file.has_group("a") && file.has_group("/") && file.has_dataset("/a/f32"));
  EXPECT_FALSE(file.has_group("a/f32") || file.has_dataset("a") || file.has_dataset("b/c/d"));
}

TEST_F(Hdf5, RoundTripOfAttributes) {
  {
    auto file = Hdf5File::create(path_);
    file.make_group("g/h");
    file.make_group("g");  // there already
    file.write_text("/", "name", "múeca");
    file.write_text("g/h", "empty", "");
    file.write_texts("g", "names", std::vector<std::string>{"a", "longer", ""});
    file.write_texts("g", "no_names", {});
    file.write_real("g", "rate", 0.1);
    file.write_integer("g", "count", -5);
  }
  const auto file = Hdf5File::open_read(path_);
  EXPECT_EQ(file.read_text("/", "name"), "múeca");
  EXPECT_EQ(file.read_text("g/h", "empty"), "");
  EXPECT_EQ(file.read_texts("g", "names"), (std::vector<std::string>{"a", "longer", ""}));
  EXPECT_TRUE(file.read_texts("g", "no_names").empty());
  EXPECT_EQ(file.read_real("g", "rate"), 0.1);
  EXPECT_EQ(file.read_integer("g", "count"), -5);
  EXPECT_TRUE(file.has_attribute("g", "count"));
  EXPECT_FALSE(file.has_attribute("g", "other") || file.has_attribute("missing", "count"));
  EXPECT_EQ(message([&] { file.read_integer("g", "rate"); }),
            at("g: attribute 'rate' must be an integer, got float64"));
  EXPECT_EQ(message([&] { file.read_text("g", "other"); }), at("g: attribute 'other': missing"));
  EXPECT_EQ(message([&] { file.read_text("g", "names"); }), at("g: attribute 'names': must be one text, got 3"));
}

TEST_F(Hdf5, EqualContentGivesEqualBytes) {
  const auto hash_now = [&] {
    auto file = Hdf5File::create(path_);
    file.write<float>("a/b", {1000}, std::vector<float>(1000, 0.5f), {.chunk_rows = 100, .deflate = 6});
    file.write_texts("a", "names", std::vector<std::string>{"x", "yy"});
    file.close();
    return sha256_file(path_);
  };
  const std::string first = hash_now();
  ::usleep(1'100'000);  // object times have a resolution of one second
  EXPECT_EQ(hash_now(), first);
}

TEST_F(Hdf5, ReadingChecksShapeTypeAndName) {
  {
    auto file = Hdf5File::create(path_);
    file.write<float>("f", {2, 3}, counting<float>(6));
    file.write<std::int64_t>("i", {3}, counting<std::int64_t>(3));
    file.write<std::uint8_t>("u", {3}, counting<std::uint8_t>(3));
  }
  const auto file = Hdf5File::open_read(path_);
  EXPECT_EQ(message([&] { file.read<float>("f", {3, 2}); }), at("f: expected shape [3, 2], got [2, 3]"));
  EXPECT_EQ(message([&] { file.read<float>("g", {3, 2}); }), at("g: no such dataset"));
  EXPECT_EQ(message([&] { file.read<std::int32_t>("i", {3}); }), at("i: expected int32, got int64"));
  EXPECT_EQ(message([&] { file.read<std::int32_t>("f", {2, 3}); }), at("f: expected int32, got float32"));
  EXPECT_EQ(file.read<std::int32_t>("u", {3}), (std::vector<std::int32_t>{1, 2, 3}));  // widening is fine
  EXPECT_EQ(file.read<float>("u", {3}), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(file.read<double>("f", {2, 3})[5], 6.0);
}

TEST_F(Hdf5, WeightsMustBeFinite) {
  {
    auto file = Hdf5File::create(path_);
    file.write<float>("nan", {3}, std::vector<float>{1, std::nanf(""), 2});
    file.write<float>("inf", {1}, std::vector<float>{-INFINITY});
    file.write<double>("big", {1}, std::vector<double>{1e300});  // infinite once it is a float
    file.write<float>("good", {2}, std::vector<float>{1, std::numeric_limits<float>::denorm_min()});
  }
  const auto file = Hdf5File::open_read(path_);
  std::vector<float> values(3);
  const auto read = [&](const char* name, Index n) {
    return message([&] { file.read_finite_into(name, {n}, std::span(values).first(static_cast<std::size_t>(n))); });
  };
  EXPECT_EQ(read("nan", 3), at("nan: value 1 is nan; weights must be finite"));
  EXPECT_EQ(read("inf", 1), at("inf: value 0 is -inf; weights must be finite"));
  EXPECT_EQ(read("big", 1), at("big: value 0 is inf; weights must be finite"));
  EXPECT_EQ(read("good", 2), "no error");
}

TEST_F(Hdf5, WritingTwiceIsAnError) {
  auto file = Hdf5File::create(path_);
  file.write<float>("f", {1}, std::vector<float>{1});
  EXPECT_NE(
      message([&] { file.write<float>("f", {1}, std::vector<float>{1}); }).find("f: dataset cannot be made: HDF5: "),
      std::string::npos);
  EXPECT_NE(message([&] { file.write<float>("g", {2}, std::vector<float>{1}); }).find("[2] written from 1 values"),
            std::string::npos);
  EXPECT_NE(message([&] { Hdf5File::create("/nowhere/at/all.h5"); }).find("cannot be created"), std::string::npos);
}

}  // namespace
}  // namespace mueca
