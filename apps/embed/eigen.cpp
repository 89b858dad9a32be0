#include "apps/embed/eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/parallel.h"
#include "core/random.h"

namespace mueca {
namespace {

using Matrix = std::vector<double>;

double* row(Matrix& m, Index i, Index n) { return m.data() + i * n; }
const double* row(const Matrix& m, Index i, Index n) { return m.data() + i * n; }

double dot(const double* a, const double* b, Index n) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// y += f x
void add(double f, const double* x, double* y, Index n) {
#pragma omp simd
  for (Index i = 0; i < n; ++i) y[i] += f * x[i];
}

// out[i][j] = the sum over `count` numbers of a_i b_j, for kA and kB rows that are n apart; the sums stay in registers.
template <int kA, int kB>
void dot_tile(const double* a, const double* b, Index n, Index count, double (&out)[kA][kB]) {
  constexpr int kWidth = 8;
  typedef double Vec __attribute__((vector_size(kWidth * sizeof(double))));
  typedef double UnalignedVec __attribute__((vector_size(kWidth * sizeof(double)), aligned(8), may_alias));
  Vec sum[kA][kB] = {};
  Index l = 0;
  for (; l + kWidth <= count; l += kWidth) {
    Vec right[kB];
#pragma GCC unroll 8
    for (int j = 0; j < kB; ++j) right[j] = *reinterpret_cast<const UnalignedVec*>(b + j * n + l);
#pragma GCC unroll 8
    for (int i = 0; i < kA; ++i) {
      const Vec left = *reinterpret_cast<const UnalignedVec*>(a + i * n + l);
#pragma GCC unroll 8
      for (int j = 0; j < kB; ++j) sum[i][j] += left * right[j];
    }
  }
  for (int i = 0; i < kA; ++i)
    for (int j = 0; j < kB; ++j) {
      double s = 0;
      for (int lane = 0; lane < kWidth; ++lane) s += sum[i][j][lane];
      for (Index rest = l; rest < count; ++rest) s += a[i * n + rest] * b[j * n + rest];
      out[i][j] = s;
    }
}

// y [b, m] = v a^T for v [b, n], a [m, n]; with a symmetric, each row of v times a. Tiles of 6 x 4 sums, `kDepth` terms
// at a time, so that the rows of a stay in the first cache.
Matrix times_transposed(const Matrix& v, const Matrix& a, Index n) {
  constexpr Index kA = 6, kB = 4, kDepth = 512;
  const Index b = std::ssize(v) / n, m = std::ssize(a) / n;
  Matrix y(static_cast<std::size_t>(b * m));
  const auto add_tile = [&]<int kRows, int kColumns>(Index i0, Index j0, Index l0) {
    double out[kRows][kColumns];
    dot_tile<kRows, kColumns>(row(a, i0, n) + l0, row(v, j0, n) + l0, n, std::min(kDepth, n - l0), out);
    for (int i = 0; i < kRows; ++i)
      for (int j = 0; j < kColumns; ++j) y[static_cast<std::size_t>((j0 + j) * m + i0 + i)] += out[i][j];
  };
  parallel_for((m + kA - 1) / kA, std::max<Index>(1, 100000 / (n * b + 1)), [&](Index begin, Index end) {
    for (Index i0 = begin * kA; i0 < std::min(m, end * kA); i0 += kA)
      for (Index l0 = 0; l0 < n; l0 += kDepth)
        for (Index j0 = 0; j0 < b; j0 += kB) {
          if (i0 + kA <= m && j0 + kB <= b) {
            add_tile.template operator()<kA, kB>(i0, j0, l0);
            continue;
          }
          for (Index i = i0; i < std::min(m, i0 + kA); ++i)
            for (Index j = j0; j < std::min(b, j0 + kB); ++j) add_tile.template operator()<1, 1>(i, j, l0);
        }
  });
  return y;
}

void fill_random(double* v, Index n, std::uint32_t lane) {
  Random random({20261121, RandomStream::init}, lane);
  for (Index i = 0; i < n; ++i) v[i] = static_cast<double>(random.normal());
}

// Orthonormal rows by Gram-Schmidt, each projection twice (Giraud et al. 2005). A row that depends on those before it
// is replaced by a random one.
void orthonormalise(Matrix& v, Index n) {
  const Index b = std::ssize(v) / n;
  std::vector<double> along(static_cast<std::size_t>(b));
  for (Index i = 0; i < b; ++i) {
    double* const x = row(v, i, n);
    for (std::uint32_t attempt = 1;; ++attempt) {
      const double before = std::sqrt(dot(x, x, n));
      double after = before;
      for (int pass = 0; pass < 2 && before > 0; ++pass) {
        parallel_for(i, 64, [&](Index begin, Index end) {
          for (Index j = begin; j < end; ++j) along[static_cast<std::size_t>(j)] = dot(row(v, j, n), x, n);
        });
        for (Index j = 0; j < i; ++j) add(-along[static_cast<std::size_t>(j)], row(v, j, n), x, n);
        after = std::sqrt(dot(x, x, n));
      }
      if (after > 1e-13 * before) {
        for (Index l = 0; l < n; ++l) x[l] /= after;
        break;
      }
      fill_random(x, n, static_cast<std::uint32_t>(b) * attempt + static_cast<std::uint32_t>(i));
    }
  }
}

// [b, n] rows combined: out_i = sum over j of w[i][j] v_j, for w [k, b].
Matrix combine(const Matrix& w, const Matrix& v, Index b, Index n) {
  const Index k = std::ssize(w) / b;
  Matrix out(static_cast<std::size_t>(k * n));
  parallel_for(k, 8, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      for (Index j = 0; j < b; ++j) add(w[static_cast<std::size_t>(i * b + j)], row(v, j, n), row(out, i, n), n);
  });
  return out;
}

// One Chebyshev polynomial of a for the rows of v that damps eigenvalues in [0, edge] and lets larger ones grow, scaled
// so that the largest stays near 1.
Matrix filter(const Matrix& a, Matrix v, Index n, double edge, double largest, int degree) {
  const double half = edge / 2;
  double sigma = half / (largest - half);
  const double first = 2 / sigma;
  Matrix next = times_transposed(v, a, n);
  for (std::size_t i = 0; i < v.size(); ++i) next[i] = (next[i] - half * v[i]) * sigma / half;
  for (int d = 2; d <= degree; ++d) {
    const double after = 1 / (first - sigma);
    Matrix product = times_transposed(next, a, n);
    for (std::size_t i = 0; i < v.size(); ++i)
      product[i] = (product[i] - half * next[i]) * 2 * after / half - sigma * after * v[i];
    v = std::move(next);
    next = std::move(product);
    sigma = after;
  }
  return next;
}

}  // namespace

EigenPairs jacobi_eigenpairs(Matrix a, Index n) {
  Matrix v(static_cast<std::size_t>(n * n));
  for (Index i = 0; i < n; ++i) row(v, i, n)[i] = 1;
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0, all = 0;
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j) (i == j ? all : off) += row(a, i, n)[j] * row(a, i, n)[j];
    if (off <= 1e-30 * (all + off)) break;
    for (Index p = 0; p < n; ++p)
      for (Index q = p + 1; q < n; ++q) {
        double *const ap = row(a, p, n), *const aq = row(a, q, n);
        if (ap[q] == 0) continue;
        const double theta = (aq[q] - ap[p]) / (2 * ap[q]);
        const double t = (theta >= 0 ? 1 : -1) / (std::fabs(theta) + std::hypot(theta, 1.0));
        const double c = 1 / std::hypot(t, 1.0), s = t * c;
        for (Index l = 0; l < n; ++l) {
          double *const al = row(a, l, n), x = al[p], y = al[q];
          al[p] = c * x - s * y, al[q] = s * x + c * y;
        }
        double *const vp = row(v, p, n), *const vq = row(v, q, n);
#pragma omp simd
        for (Index l = 0; l < n; ++l) {
          const double x = ap[l], y = aq[l], vx = vp[l], vy = vq[l];
          ap[l] = c * x - s * y, aq[l] = s * x + c * y;
          vp[l] = c * vx - s * vy, vq[l] = s * vx + c * vy;
        }
      }
  }
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order, std::greater{}, [&](Index i) { return row(a, i, n)[i]; });
  EigenPairs out;
  for (const Index i : order) {
    out.values.push_back(row(a, i, n)[i]);
    out.vectors.insert(out.vectors.end(), row(v, i, n), row(v, i, n) + n);
  }
  return out;
}

EigenPairs largest_eigenpairs(const Matrix& a, Index n, int k) {
  constexpr double kTolerance = 1e-9, kGrowth = 1e10;  // kGrowth: what Gram-Schmidt can still tell apart
  constexpr int kMostRounds = 400, kMostDegree = 12;
  const auto keep = [&](EigenPairs all) {
    all.values.resize(static_cast<std::size_t>(k));
    all.vectors.resize(static_cast<std::size_t>(k * n));
    return all;
  };
  const Index b = k + std::max(16, k / 2);
  if (n <= 96 || b * 3 >= n * 2) return keep(jacobi_eigenpairs(a, n));
  Matrix v(static_cast<std::size_t>(b * n));
  for (Index i = 0; i < b; ++i) fill_random(row(v, i, n), n, static_cast<std::uint32_t>(i));
  for (int round = 0; round < kMostRounds; ++round) {
    orthonormalise(v, n);
    Matrix av = times_transposed(v, a, n);
    const EigenPairs ritz = jacobi_eigenpairs(times_transposed(v, av, n), b);
    v = combine(ritz.vectors, v, b, n);
    av = combine(ritz.vectors, av, b, n);
    const double largest = ritz.values.front();
    double worst = 0;
    for (Index i = 0; i < k; ++i) {
      add(-ritz.values[static_cast<std::size_t>(i)], row(v, i, n), row(av, i, n), n);
      worst = std::max(worst, std::sqrt(dot(row(av, i, n), row(av, i, n), n)));
    }
    if (worst <= kTolerance * largest) return keep({ritz.values, v});
    const double edge = std::max(ritz.values.back(), 1e-9 * largest);
    const double room = std::acosh(std::max(1 + 1e-12, 2 * largest / edge - 1));
    const int degree = std::clamp(static_cast<int>(std::log(kGrowth) / room), 2, kMostDegree);
    v = filter(a, std::move(v), n, edge, largest, degree);
  }
  throw Error(str("pca: the eigenvectors of [", n, ", ", n, "] did not converge in ", kMostRounds, " rounds"));
}

}  // namespace mueca
