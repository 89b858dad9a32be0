// The tensors of a job on the host, in our layout, and how a peer wants to see them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mueca::bench {

enum class Role { input, output, in_place };
enum class Kind {
  activation,  // [N, H, W, C]
  filter,      // [R, S, C, K]; a depthwise one has C = 1
  plain,       // vectors and matrices: the same for everybody
  raw,         // bytes of some struct: ours alone
};

struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> extents;
  Kind kind = Kind::plain;
  Role role = Role::input;

  std::int64_t count() const;
};

// Values in our layout: float32, or bytes for raw tensors. Outputs have none.
struct HostTensor {
  TensorSpec spec;
  std::vector<float> values;
  std::vector<std::byte> bytes;
};
using HostTensors = std::vector<HostTensor>;

enum class Order { nhwc, nchw };  // of activations; filters [K, R, S, C] or [K, C, R, S]
enum class Store { float32, bfloat16, float16 };
// How a side stores the job's activations and filters; plain tensors are float32 always, and so are our filters.
struct Format {
  enum class Filters { rsck, peer } filters = Filters::peer;  // ours, or the peer's
  Order order = Order::nhwc;
  Store store = Store::float32;
  bool operator==(const Format&) const = default;
};
constexpr Format ours(Store store) { return {Format::Filters::rsck, Order::nhwc, store}; }

std::size_t bytes_in(const TensorSpec& spec, const Format& format);
// `values` in our layout to the format's bytes, and back.
std::vector<std::byte> to_format(const TensorSpec& spec, const std::vector<float>& values, const Format& format);
std::vector<float> from_format(const TensorSpec& spec, const std::vector<std::byte>& bytes, const Format& format);

std::uint16_t to_float16(float value);  // to nearest, ties to even; beyond 65504: infinity
float from_float16(std::uint16_t bits);

// Uniform in [-1, 1): zeros, or anything regular, would run faster than data do. A sequence of a prime length repeats.
std::vector<float> noise(std::int64_t count, std::uint64_t seed);

}  // namespace mueca::bench
