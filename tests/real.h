// The number of the reference: a double, and how far float32 arithmetic may stray from it. Each operation adds its own
// rounding (u = 2^-24 relative) to what its operands bring along: running error analysis, first order (Higham,
// "Accuracy and Stability of Numerical Algorithms", 2nd ed., chapter 3). A sum of n terms in any order strays by at
// most n u sum|a b|, which is the bound that the suite holds every linear op to; for the others the bound follows from
// the formula as it is written in their reference.
#pragma once
#include <algorithm>
#include <cmath>

namespace mueca::suite {

inline constexpr double kUnit = 0x1p-24;        // half an ulp of 1 in float32
inline constexpr double kUnderflow = 0x1p-126;  // a kernel may flush what is smaller
inline constexpr double kDoubt = 4;             // a branch within kDoubt bounds of its threshold may go either way

struct Real {
  double v = 0;  // value
  double e = 0;  // bound on the error of float32

  constexpr Real() = default;
  constexpr Real(double value, double error = 0) : v(value), e(error) {}  // NOLINT: constants are exact
};

// A result v whose operands account for the error e, rounded to float32 (`units` roundings for library functions).
inline Real rounded(double v, double e, double units = 1) { return {v, e + units * kUnit * std::abs(v) + kUnderflow}; }

inline Real operator-(Real a) { return {-a.v, a.e}; }
inline Real operator+(Real a, Real b) { return rounded(a.v + b.v, a.e + b.e); }
inline Real operator-(Real a, Real b) { return rounded(a.v - b.v, a.e + b.e); }
inline Real operator*(Real a, Real b) {
  return rounded(a.v * b.v, std::abs(a.v) * b.e + std::abs(b.v) * a.e + a.e * b.e);
}
inline Real operator/(Real a, Real b) { return rounded(a.v / b.v, (a.e + std::abs(a.v / b.v) * b.e) / std::abs(b.v)); }

inline Real sqrt(Real a) {
  const double root = std::sqrt(a.v);
  return rounded(root, root > 0 ? a.e / (2 * root) : std::sqrt(a.e));
}
inline Real exp(Real a) {  // vectorised exponentials are good to an ulp or so: two roundings
  const double y = std::exp(a.v);
  return rounded(y, y * std::expm1(a.e), 2);
}
inline Real log(Real a) { return rounded(std::log(a.v), a.e / a.v, 2); }
inline Real sigmoid(Real a) { return 1 / (1 + exp(-a)); }

// Selections round nothing; the larger of two errors covers the wrong branch near a tie.
inline Real max(Real a, Real b) { return {std::max(a.v, b.v), std::max(a.e, b.e)}; }
inline Real min(Real a, Real b) { return {std::min(a.v, b.v), std::max(a.e, b.e)}; }

// 1 where a > 0, otherwise 0: the mask of a backward. Within the doubt of the threshold either value is right.
inline Real positive(Real a) {
  const bool doubtful = a.e > 0 && std::abs(a.v) <= kDoubt * a.e;
  return {a.v > 0 ? 1.0 : 0.0, doubtful ? 1.0 : 0.0};
}

// A value that a backward pass reads again from where the forward pass stored it: rounded once more there while the
// suite runs a case with bfloat16 activations (half an ulp of 1: 2^-8).
inline constexpr double kNarrowUnit = 0x1p-8;
inline thread_local double t_stored_unit = 0;
inline Real stored(Real a) { return {a.v, a.e + t_stored_unit * (std::abs(a.v) + a.e)}; }

// A sum of any number of terms in any order: each partial sum is at most sum|terms|, and each addition rounds it once.
class Sum {
 public:
  Sum& operator+=(Real term) {
    v_ += term.v, e_ += term.e, magnitude_ += std::abs(term.v), terms_ += 1;
    return *this;
  }
  Real real() const { return {v_, e_ + std::max(terms_ - 1, 0.0) * kUnit * magnitude_}; }
  Real in_double() const { return {v_, e_ + kUnit * std::abs(v_)}; }  // kernels that promise a double accumulator

 private:
  double v_ = 0, e_ = 0, magnitude_ = 0, terms_ = 0;
};

}  // namespace mueca::suite
