#include "bench/cuda/tensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/bf16.h"
#include "core/error.h"
#include "core/random.h"

namespace mueca::bench {
namespace {

bool shaped(const TensorSpec& spec) { return spec.kind == Kind::activation || spec.kind == Kind::filter; }
bool narrow(const TensorSpec& spec, const Format& f) {
  const bool master = spec.kind == Kind::filter && f.filters == Format::Filters::rsck;
  return shaped(spec) && !master && f.store != Store::float32;
}

// Where the format has element i of our layout; for tensors that a layout does not touch, the same place.
class Places {
 public:
  Places(const TensorSpec& spec, const Format& format) {
    const auto& e = spec.extents;
    check(!shaped(spec) || e.size() == 4, "tensor ", spec.name, ": expected 4 extents, got ", e.size());
    if (spec.kind == Kind::activation && format.order == Order::nchw) {
      outer_ = e[1] * e[2], inner_ = e[3];  // [N, HW, C] to [N, C, HW]
    } else if (spec.kind == Kind::filter && format.filters == Format::Filters::peer) {
      if (format.order == Order::nhwc) {
        outer_ = e[0] * e[1] * e[2], inner_ = e[3];  // [RSC, K] to [K, RSC]
      } else {
        taps_ = e[0] * e[1], channels_ = e[2], filters_ = e[3];  // [RS, C, K] to [K, C, RS]
      }
    }
  }

  std::int64_t operator()(std::int64_t i) const {
    if (filters_) {
      const std::int64_t k = i % filters_, c = i / filters_ % channels_, tap = i / filters_ / channels_;
      return (k * channels_ + c) * taps_ + tap;
    }
    if (!inner_) return i;
    const std::int64_t block = outer_ * inner_, at = i % block;
    return i - at + at % inner_ * outer_ + at / inner_;
  }

 private:
  std::int64_t outer_ = 0, inner_ = 0, taps_ = 0, channels_ = 0, filters_ = 0;
};

template <class T>
void put(std::vector<std::byte>& bytes, std::int64_t at, T value) {
  std::memcpy(bytes.data() + static_cast<std::size_t>(at) * sizeof(T), &value, sizeof(T));
}
template <class T>
T got(const std::vector<std::byte>& bytes, std::int64_t at) {
  T value;
  std::memcpy(&value, bytes.data() + static_cast<std::size_t>(at) * sizeof(T), sizeof(T));
  return value;
}

}  // namespace

std::int64_t TensorSpec::count() const {
  std::int64_t product = 1;
  for (const std::int64_t e : extents) product *= e;
  return product;
}

std::uint16_t to_float16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const float size = std::abs(value);
  if (!(size < 65520)) return static_cast<std::uint16_t>(sign | (size >= 65520 ? 0x7c00 : 0x7e00));
  if (size < 0x1p-14f)  // a multiple of 2^-24
    return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::nearbyint(size * 0x1p24f)));
  const std::uint32_t rounded = (bits & 0x7fffffff) + 0xfff + (bits >> 13 & 1);
  return static_cast<std::uint16_t>(sign | (rounded - (112u << 23)) >> 13);
}
float from_float16(std::uint16_t bits) {
  const std::uint32_t exponent = bits >> 10 & 31, mantissa = bits & 0x3ff;
  const float sign = bits & 0x8000 ? -1.0f : 1.0f;
  if (exponent == 31) return mantissa ? std::nanf("") : sign * std::numeric_limits<float>::infinity();
  if (exponent == 0) return sign * static_cast<float>(mantissa) * 0x1p-24f;
  return sign * std::bit_cast<float>((exponent + 112) << 23 | mantissa << 13);
}

std::size_t bytes_in(const TensorSpec& spec, const Format& format) {
  check(spec.kind != Kind::raw, "tensor ", spec.name, ": raw bytes have no format");
  return static_cast<std::size_t>(spec.count()) * (narrow(spec, format) ? 2 : 4);
}

std::vector<std::byte> to_format(const TensorSpec& spec, const std::vector<float>& values, const Format& format) {
  std::vector<std::byte> bytes(bytes_in(spec, format));
  const Places place(spec, format);
  const bool halves = narrow(spec, format);
  const auto to_half = [bfloat = format.store == Store::bfloat16](float v) {
    return bfloat ? narrowed(v).bits : to_float16(v);
  };
  for (std::int64_t i = 0; i < spec.count(); ++i) {
    const float v = values[static_cast<std::size_t>(i)];
    halves ? put(bytes, place(i), to_half(v)) : put(bytes, place(i), v);
  }
  return bytes;
}

std::vector<float> from_format(const TensorSpec& spec, const std::vector<std::byte>& bytes, const Format& format) {
  std::vector<float> values(static_cast<std::size_t>(spec.count()));
  const Places place(spec, format);
  const bool halves = narrow(spec, format);
  const auto from_half = [bfloat = format.store == Store::bfloat16](std::uint16_t bits) {
    return bfloat ? widened({bits}) : from_float16(bits);
  };
  for (std::int64_t i = 0; i < spec.count(); ++i)
    values[static_cast<std::size_t>(i)] =
        halves ? from_half(got<std::uint16_t>(bytes, place(i))) : got<float>(bytes, place(i));
  return values;
}

std::vector<float> noise(std::int64_t count, std::uint64_t seed) {
  constexpr std::int64_t kPeriod = 1048573;  // a prime: no tile of a tensor looks like its neighbour
  const auto drawn = std::min(count, kPeriod);
  std::vector<float> values(static_cast<std::size_t>(count));
  Random random({seed, RandomStream::test});
  for (std::int64_t i = 0; i < drawn; ++i) values[static_cast<std::size_t>(i)] = random.uniform(-1, 1);
  for (std::int64_t at = drawn; at < count; at += kPeriod)
    std::copy_n(values.begin(), std::min(kPeriod, count - at), values.begin() + at);
  return values;
}

}  // namespace mueca::bench
