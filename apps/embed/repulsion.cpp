#include "apps/embed/repulsion.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/kernels.h"
#include "core/parallel.h"

namespace mueca {
namespace {

constexpr Index kFewestNodes = 48;  // small clouds get a finer grid
constexpr Index kMargin = 3;        // nodes around the cloud, so that splines stay inside
constexpr Index kSpill = 16;        // dividing by the splines' spectrum spreads the wrap-around by as much
constexpr Index kBand = 8;          // rows of nodes whose points one thread spreads

Index round_up(Index n, Index to) { return (n + to - 1) / to * to; }
Buffer floats(Index n) { return Buffer(Device::cpu, static_cast<std::size_t>(n) * sizeof(float)); }
float* data(const Buffer& b) { return static_cast<float*>(b.data()); }
Lanes* vectors(const Buffer& b) { return static_cast<Lanes*>(b.data()); }

typedef float Four __attribute__((vector_size(16)));
typedef float UnalignedFour __attribute__((vector_size(16), aligned(4), may_alias));

// Cubic B-spline at distances 1 + t, t, 1 - t, 2 - t: the weights of the four nodes around a point.
inline Four spline(float t) {
  const float u = 1 - t;
  return Four{u * u * u, 3 * t * t * t - 6 * t * t + 4, 3 * u * u * u - 6 * u * u + 4, t * t * t} * (1.0f / 6);
}

// v[i][j] <-> v[j][i]
void transpose(Lanes* v) {
  float t[kLanes][kLanes];
  for (int i = 0; i < kLanes; ++i)
    for (int j = 0; j < kLanes; ++j) t[j][i] = v[i][j];
  for (int i = 0; i < kLanes; ++i)
    for (int j = 0; j < kLanes; ++j) v[i][j] = t[i][j];
}

}  // namespace

Plane::Plane(std::size_t n) : both(Tensor::full({2, static_cast<Index>(n)}, 0)) {
  x = both.span().first(n), y = both.span().subspan(n);
}

double exact_repulsion(const Plane& points, Plane& force, Device device) {
  const Tensor at = points.both.to(device), z({static_cast<Index>(points.size())}, DType::f32, device);
  const Tensor push = device == Device::cpu ? force.both : Tensor(force.both.shape(), DType::f32, device);
  kernels(device).tsne_repulsion(stream_of(device), at.view<float, 2>(), push.view<float, 2>(), z.view<float, 1>());
  if (device != Device::cpu) force.both.copy_from(push);
  double sum = 0;
  for (const float part : z.to_vector()) sum += static_cast<double>(part);
  return sum;
}

double GridRepulsion::operator()(const Plane& points, Plane& force) {
  place(points);
  spread(points);
  transform_columns();
  const double sum = multiply_rows();
  inverse_columns();
  gather(points, force);
  return sum - static_cast<double>(points.size());
}

// A square grid over the cloud: spacing_ at most, halved while the cloud is small.
void GridRepulsion::place(const Plane& points) {
  const auto [x_low, x_high] = std::ranges::minmax(points.x);
  const auto [y_low, y_high] = std::ranges::minmax(points.y);
  const float farthest = std::max({-x_low, x_high, -y_low, y_high});
  const float span = std::max({x_high - x_low, y_high - y_low, 1e-3f * farthest, 1e-12f});  // where rounding allows it
  check(std::isfinite(span) && span < 1e5f * spacing_, "t-SNE: the embedding diverged; use a smaller learning rate");
  float h = spacing_;
  while (span / h < static_cast<float>(kFewestNodes)) h /= 2;
  const Index nodes = static_cast<Index>(span / h) + 1 + 2 * kMargin;
  const Index length = fft_length(2 * nodes + kSpill, kLanes);
  grid_.x0 = x_low - kMargin * h, grid_.y0 = y_low - kMargin * h, grid_.nodes = nodes;
  if (length == grid_.length && h == grid_.h) return;
  grid_.length = length, grid_.h = h;
  fft_ = std::make_unique<Fft>(length);
  half_ = round_up(length / 2 + 1, kLanes);
  pitch_ = round_up(length / 2, 2 * kLanes);
  density_ = floats(length / 2 * pitch_);
  spectrum_ = floats(half_ * pitch_ * 2), second_ = floats(half_ * pitch_ * 2);
  force_x_ = floats(length / 2 * pitch_), force_y_ = floats(length / 2 * pitch_);
  make_kernels();
}

// Both kernels at all lags of the padded grid, as one complex array q + i x q^2: its spectrum is real, the even part in
// kx being that of q, the odd part that of x q^2 divided by -i. That of y q^2 is the transpose.
void GridRepulsion::make_kernels() {
  const Index m = grid_.length, blocks = half_ / kLanes;
  const double h = static_cast<double>(grid_.h);
  std::vector<float> lines(static_cast<std::size_t>(2 * half_ * m));  // [re | im, ly, kx]: even in ly, half is enough
  float *const line_re = lines.data(), *const line_im = line_re + half_ * m;
  parallel_for(blocks, 1, [&](Index begin, Index end) {
    std::vector<Lanes> re(static_cast<std::size_t>(m)), im(re), scratch_re(re), scratch_im(re);
    for (Index block = begin; block < end; ++block) {
      for (Index lx = 0; lx < m; ++lx)
        for (Index lane = 0; lane < kLanes; ++lane) {
          const double x = h * static_cast<double>(lx <= m / 2 ? lx : lx - m);
          const double y = h * static_cast<double>(block * kLanes + lane), q = 1 / (1 + x * x + y * y);
          re[static_cast<std::size_t>(lx)][lane] = static_cast<float>(q);
          im[static_cast<std::size_t>(lx)][lane] = lx == m / 2 ? 0 : static_cast<float>(x * q * q);
        }
      fft_->forward(re.data(), im.data(), scratch_re.data(), scratch_im.data());
      for (Index kx = 0; kx < m; ++kx)
        for (Index lane = 0; lane < kLanes; ++lane) {
          const Index at = (block * kLanes + lane) * m + kx;
          line_re[at] = re[static_cast<std::size_t>(kx)][lane], line_im[at] = im[static_cast<std::size_t>(kx)][lane];
        }
    }
  });
  std::vector<float> spectrum(static_cast<std::size_t>(half_ * m));  // [ky, kx]
  parallel_for(m / kLanes, 1, [&](Index begin, Index end) {
    std::vector<Lanes> re(static_cast<std::size_t>(m)), im(re), scratch_re(re), scratch_im(re);
    for (Index batch = begin; batch < end; ++batch) {
      for (Index ly = 0; ly < m; ++ly) {
        const Index at = std::min(ly, m - ly) * m + batch * kLanes;
        re[static_cast<std::size_t>(ly)] = *reinterpret_cast<const UnalignedLanes*>(line_re + at);
        im[static_cast<std::size_t>(ly)] = *reinterpret_cast<const UnalignedLanes*>(line_im + at);
      }
      fft_->forward(re.data(), im.data(), scratch_re.data(), scratch_im.data());
      for (Index ky = 0; ky <= m / 2; ++ky)
        *reinterpret_cast<UnalignedLanes*>(spectrum.data() + ky * m + batch * kLanes) =
            re[static_cast<std::size_t>(ky)];
    }
  });
  std::vector<double> spline(static_cast<std::size_t>(m));  // the spectrum of 1/6, 4/6, 1/6
  for (Index k = 0; k < m; ++k)
    spline[static_cast<std::size_t>(k)] =
        (2 + std::cos(2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(m))) / 3;
  const auto at = [&](Index ky, Index kx) {
    return static_cast<double>(spectrum[static_cast<std::size_t>(std::min(ky, m - ky) * m + kx)]);
  };
  const auto odd = [&](Index ky, Index kx) { return (at(ky, (m - kx) % m) - at(ky, kx)) / 2; };
  potential_ = floats(half_ * m), pull_x_ = floats(half_ * m), pull_y_ = floats(half_ * m);
  parallel_for(blocks, 1, [&](Index begin, Index end) {
    for (Index i = begin * m * kLanes; i < end * m * kLanes; ++i) {
      const Index kx = i / kLanes % m, ky = i / kLanes / m * kLanes + i % kLanes;
      const bool inside = ky <= m / 2;
      const double w = inside ? spline[static_cast<std::size_t>(kx)] * spline[static_cast<std::size_t>(ky)] : 1;
      const double scale = inside ? 1 / (w * w * static_cast<double>(m) * static_cast<double>(m)) : 0;
      const double copies = ky == 0 || ky == m / 2 ? 1 : 2;  // ky and -ky
      const Index row = inside ? ky : 0;
      data(potential_)[i] = static_cast<float>(copies * scale * (at(row, kx) + at(row, (m - kx) % m)) / 2);
      data(pull_x_)[i] = static_cast<float>(scale * odd(row, kx));
      data(pull_y_)[i] = static_cast<float>(scale * odd(kx, row));
    }
  });
}

// Each point's weight of 1 on the 16 nodes around it. Bands of rows, first the even ones, then the odd: two bands of
// one kind never touch the same node, so each node's sum has one order on any number of threads.
void GridRepulsion::spread(const Plane& points) {
  const Index n = std::ssize(points.x), bands = (grid_.nodes + kBand - 1) / kBand;
  const float scale = 1 / grid_.h;
  band_start_.assign(static_cast<std::size_t>(bands + 1), 0);
  order_.resize(points.size()), cell_y_.resize(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    cell_y_[i] = static_cast<std::int32_t>((points.y[i] - grid_.y0) * scale);
    ++band_start_[static_cast<std::size_t>(cell_y_[i] / kBand) + 1];
  }
  for (std::size_t b = 0; b < static_cast<std::size_t>(bands); ++b) band_start_[b + 1] += band_start_[b];
  std::vector<std::int32_t> next(band_start_.begin(), band_start_.end() - 1);
  for (Index i = 0; i < n; ++i)
    order_[static_cast<std::size_t>(next[static_cast<std::size_t>(cell_y_[static_cast<std::size_t>(i)] / kBand)]++)] =
        static_cast<std::int32_t>(i);
  std::fill_n(data(density_), grid_.length / 2 * pitch_, 0.0f);
  for (Index kind = 0; kind < 2; ++kind)
    parallel_for((bands - kind + 1) / 2, 1, [&](Index begin, Index end) {
      for (Index b = 2 * begin + kind; b < 2 * end + kind; b += 2)
        for (std::int32_t at = band_start_[static_cast<std::size_t>(b)];
             at < band_start_[static_cast<std::size_t>(b) + 1]; ++at) {
          const auto i = static_cast<std::size_t>(order_[static_cast<std::size_t>(at)]);
          const float u = (points.x[i] - grid_.x0) * scale, v = (points.y[i] - grid_.y0) * scale;
          const auto cx = static_cast<Index>(u);
          const Four wx = spline(u - static_cast<float>(cx)), wy = spline(v - static_cast<float>(cell_y_[i]));
          float* node = data(density_) + (cell_y_[i] - 1) * pitch_ + cx - 1;
          for (int row = 0; row < 4; ++row, node += pitch_) *reinterpret_cast<UnalignedFour*>(node) += wy[row] * wx;
        }
    });
}

// density [nodes, nodes] -> spectrum over y, [half / 16, re | im, x, 16 ky]; 32 columns x at a time, as 16 complex
// ones.
void GridRepulsion::transform_columns() {
  const Index m = grid_.length, n = grid_.nodes;
  parallel_for((n + 2 * kLanes - 1) / (2 * kLanes), 1, [&](Index begin, Index end) {
    const Buffer scratch = floats(4 * m * kLanes);
    Lanes *const re = vectors(scratch), *const im = re + m;
    for (Index batch = begin; batch < end; ++batch) {
      for (Index row = 0; row < n; ++row) {
        const Lanes* const from = vectors(density_) + row * (pitch_ / kLanes) + 2 * batch;
        re[row] = from[0], im[row] = from[1];
      }
      std::fill(re + n, re + m, Lanes{}), std::fill(im + n, im + m, Lanes{});
      fft_->forward(re, im, im + m, im + 2 * m);
      for (Index block = 0; block < half_ / kLanes; ++block) {
        Lanes part[4][kLanes];  // re and im of the first 16 columns, and of the second
        for (Index lane = 0; lane < kLanes; ++lane) {
          const Index k = std::min(block * kLanes + lane, m / 2), mirror = (m - k) % m;
          const float half = block * kLanes + lane <= m / 2 ? 0.5f : 0.0f;
          part[0][lane] = half * (re[k] + re[mirror]), part[1][lane] = half * (im[k] - im[mirror]);
          part[2][lane] = half * (im[k] + im[mirror]), part[3][lane] = half * (re[mirror] - re[k]);
        }
        for (int i = 0; i < 4; ++i) {
          transpose(part[i]);
          const Index x = batch * 2 * kLanes + i / 2 * kLanes;
          std::copy_n(part[i], kLanes, vectors(spectrum_) + (block * 2 + i % 2) * pitch_ + x);
        }
      }
    }
  });
}

// Along x: transform, multiply by the kernels, transform back. Returns the sum of all q, from Parseval's theorem.
double GridRepulsion::multiply_rows() {
  const Index m = grid_.length, n = grid_.nodes, blocks = half_ / kLanes;
  std::vector<double> sums(static_cast<std::size_t>(blocks));
  parallel_for(blocks, 1, [&](Index begin, Index end) {
    const Buffer scratch = floats(6 * m * kLanes);
    Lanes *const re = vectors(scratch), *const im = re + m, *const x_re = im + m, *const x_im = x_re + m;
    Lanes* const free = x_im + m;
    for (Index block = begin; block < end; ++block) {
      Lanes* const first = vectors(spectrum_) + block * 2 * pitch_;
      Lanes* const second = vectors(second_) + block * 2 * pitch_;
      std::copy_n(first, n, re), std::fill(re + n, re + m, Lanes{});
      std::copy_n(first + pitch_, n, im), std::fill(im + n, im + m, Lanes{});
      fft_->forward(re, im, free, free + m);
      const Lanes *const q = vectors(potential_) + block * m, *const px = vectors(pull_x_) + block * m;
      const Lanes* const py = vectors(pull_y_) + block * m;
      Lanes sum{};
      for (Index k = 0; k < m; ++k) {
        const Lanes a = re[k], b = im[k];
        sum += q[k] * (a * a + b * b);
        x_re[k] = -px[k] * b, x_im[k] = px[k] * a;
        re[k] = -py[k] * b, im[k] = py[k] * a;
      }
      for (int lane = 0; lane < kLanes; ++lane) sums[static_cast<std::size_t>(block)] += static_cast<double>(sum[lane]);
      fft_->forward(x_im, x_re, free, free + m);
      fft_->forward(im, re, free, free + m);
      std::copy_n(x_re, n, first), std::copy_n(x_im, n, first + pitch_);
      std::copy_n(re, n, second), std::copy_n(im, n, second + pitch_);
    }
  });
  double sum = 0;
  for (const double s : sums) sum += s;
  return sum;
}

// Both forces along y at once, as real and imaginary part; 16 columns x at a time.
void GridRepulsion::inverse_columns() {
  const Index m = grid_.length, n = grid_.nodes;
  parallel_for((n + kLanes - 1) / kLanes, 1, [&](Index begin, Index end) {
    const Buffer scratch = floats(4 * m * kLanes);
    Lanes *const re = vectors(scratch), *const im = re + m;
    for (Index batch = begin; batch < end; ++batch) {
      for (Index block = 0; block < half_ / kLanes; ++block) {
        Lanes part[4][kLanes];  // re and im of the force along x, and of that along y
        for (int i = 0; i < 4; ++i) {
          const Buffer& from = i < 2 ? spectrum_ : second_;
          std::copy_n(vectors(from) + (block * 2 + i % 2) * pitch_ + batch * kLanes, kLanes, part[i]);
          transpose(part[i]);
        }
        for (Index lane = 0; lane < kLanes && block * kLanes + lane <= m / 2; ++lane) {
          const Index k = block * kLanes + lane;
          re[k] = part[0][lane] - part[3][lane], im[k] = part[1][lane] + part[2][lane];
          if (k == 0 || k == m / 2) continue;
          re[m - k] = part[0][lane] + part[3][lane], im[m - k] = part[2][lane] - part[1][lane];
        }
      }
      fft_->forward(im, re, im + m, im + 2 * m);
      for (Index row = 0; row < n; ++row) {
        vectors(force_x_)[row * (pitch_ / kLanes) + batch] = re[row];
        vectors(force_y_)[row * (pitch_ / kLanes) + batch] = im[row];
      }
    }
  });
}

void GridRepulsion::gather(const Plane& points, Plane& force) const {
  const float scale = 1 / grid_.h;
  parallel_for(std::ssize(points.x), 1024, [&](Index begin, Index end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const float u = (points.x[i] - grid_.x0) * scale, v = (points.y[i] - grid_.y0) * scale;
      const Index cx = static_cast<Index>(u), cy = cell_y_[i];
      const Four wx = spline(u - static_cast<float>(cx)), wy = spline(v - static_cast<float>(cy));
      Four sum_x{}, sum_y{};
      for (int row = 0; row < 4; ++row) {
        const Index at = (cy - 1 + row) * pitch_ + cx - 1;
        sum_x += wy[row] * *reinterpret_cast<const UnalignedFour*>(data(force_x_) + at);
        sum_y += wy[row] * *reinterpret_cast<const UnalignedFour*>(data(force_y_) + at);
      }
      sum_x *= wx, sum_y *= wx;
      force.x[i] = (sum_x[0] + sum_x[1]) + (sum_x[2] + sum_x[3]);
      force.y[i] = (sum_y[0] + sum_y[1]) + (sum_y[2] + sum_y[3]);
    }
  });
}

}  // namespace mueca
