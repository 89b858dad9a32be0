#include "apps/embed/fft.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace mueca {
namespace {

struct Complex {
  Lanes re, im;
};
inline Complex operator+(const Complex& a, const Complex& b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator-(const Complex& a, const Complex& b) { return {a.re - b.re, a.im - b.im}; }
inline Complex operator*(float f, const Complex& a) { return {f * a.re, f * a.im}; }
inline Complex minus_i(const Complex& a) { return {a.im, -a.re}; }  // times -i

// z <- its discrete Fourier transform of length kRadix.
template <int kRadix>
inline void butterfly(Complex (&z)[kRadix]) {
  if constexpr (kRadix == 2) {
    const Complex a = z[0], b = z[1];
    z[0] = a + b, z[1] = a - b;
  } else if constexpr (kRadix == 3) {
    constexpr float kSine = 0.866025403784438646763723170752936f;
    const Complex sum = z[1] + z[2], turned = kSine * minus_i(z[1] - z[2]), half = z[0] - 0.5f * sum;
    z[0] = z[0] + sum, z[1] = half + turned, z[2] = half - turned;
  } else if constexpr (kRadix == 4) {
    const Complex a = z[0] + z[2], b = z[0] - z[2], c = z[1] + z[3], d = minus_i(z[1] - z[3]);
    z[0] = a + c, z[1] = b + d, z[2] = a - c, z[3] = b - d;
  } else {
    constexpr float kC1 = 0.309016994374947424102293417182819f, kC2 = -0.809016994374947424102293417182819f;
    constexpr float kS1 = 0.951056516295153572116439333379382f, kS2 = 0.587785252292473129168705954639073f;
    const Complex a = z[1] + z[4], b = z[1] - z[4], c = z[2] + z[3], d = z[2] - z[3];
    const Complex p = z[0] + kC1 * a + kC2 * c, q = z[0] + kC2 * a + kC1 * c;
    const Complex r = minus_i(kS1 * b + kS2 * d), s = minus_i(kS2 * b - kS1 * d);
    z[0] = z[0] + a + c;
    z[1] = p + r, z[4] = p - r, z[2] = q + s, z[3] = q - s;
  }
}

template <int kRadix>
void run_stage(Index length, Index stride, const float* cosine, const float* sine, const Lanes* in_re,
               const Lanes* in_im, Lanes* out_re, Lanes* out_im) {
  const Index m = length / kRadix;
  for (Index p = 0; p < m; ++p) {
    const float* const c = cosine + p * (kRadix - 1);
    const float* const s = sine + p * (kRadix - 1);
    for (Index q = 0; q < stride; ++q) {
      Complex z[kRadix];
#pragma GCC unroll 5
      for (int k = 0; k < kRadix; ++k) {
        const Index at = q + stride * (p + m * k);
        z[k] = {in_re[at], in_im[at]};
      }
      butterfly<kRadix>(z);
      const Index to = q + stride * kRadix * p;
      out_re[to] = z[0].re, out_im[to] = z[0].im;
#pragma GCC unroll 5
      for (int j = 1; j < kRadix; ++j) {  // times e^(-i angle)
        out_re[to + stride * j] = z[j].re * c[j - 1] + z[j].im * s[j - 1];
        out_im[to + stride * j] = z[j].im * c[j - 1] - z[j].re * s[j - 1];
      }
    }
  }
}

}  // namespace

Index fft_length(Index n, Index multiple) {
  for (Index length = std::max<Index>(1, (n + multiple - 1) / multiple) * multiple;; length += multiple) {
    Index rest = length;
    for (const Index factor : {2, 3, 5})
      while (rest % factor == 0) rest /= factor;
    if (rest == 1) return length;
  }
}

Fft::Fft(Index n) : n_(n) {
  check(n >= 1, "fft: the length must be at least 1, got ", n);
  for (Index length = n, stride = 1; length > 1;) {
    int radix = 0;
    for (const int known : {5, 3, 4, 2})
      if (length % known == 0) {
        radix = known;
        break;
      }
    check(radix != 0, "fft: the length must be 2^a 3^b 5^c, got ", n);
    Stage stage{radix, length, stride, {}, {}};
    for (Index p = 0; p < length / radix; ++p)
      for (int j = 1; j < radix; ++j) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(j * p % length) / static_cast<double>(length);
        stage.cosine.push_back(static_cast<float>(std::cos(angle)));
        stage.sine.push_back(static_cast<float>(std::sin(angle)));
      }
    stages_.push_back(std::move(stage));
    length /= radix, stride *= radix;
  }
}

void Fft::forward(Lanes* re, Lanes* im, Lanes* scratch_re, Lanes* scratch_im) const {
  Lanes *from_re = re, *from_im = im, *to_re = scratch_re, *to_im = scratch_im;
  for (const Stage& s : stages_) {
    const auto run = s.radix == 2   ? run_stage<2>
                     : s.radix == 3 ? run_stage<3>
                     : s.radix == 4 ? run_stage<4>
                                    : run_stage<5>;
    run(s.length, s.stride, s.cosine.data(), s.sine.data(), from_re, from_im, to_re, to_im);
    std::swap(from_re, to_re), std::swap(from_im, to_im);
  }
  if (from_re == re) return;
  std::copy_n(from_re, n_, re);
  std::copy_n(from_im, n_, im);
}

}  // namespace mueca
