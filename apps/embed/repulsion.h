// The repulsive half of t-SNE's gradient: every point pushes every other.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "apps/embed/fft.h"
#include "core/tensor.h"

namespace mueca {

// Points or forces in the plane, coordinates apart, in the host's memory; zeros at first. Copies share their numbers.
struct Plane {
  Tensor both;            // [2, N]
  std::span<float> x, y;  // its rows
  explicit Plane(std::size_t n);
  std::size_t size() const { return x.size(); }
};

// force_i = sum over j of (a_i - a_j) q_ij^2 with q_ij = 1 / (1 + |a_i - a_j|^2); returns the sum of q_ij over i != j.
// All pairs, O(N^2), by the kernel of the device.
double exact_repulsion(const Plane& points, Plane& force, Device device = Device::cpu);

// The same through a grid, O(N + cells log cells): points are spread on a grid by cubic B-splines, convolved with the
// two kernels by Fourier transforms, and the forces read off by the same splines. That is the accelerated t-SNE of
// Linderman et al. 2019 with the interpolation of smooth particle-mesh Ewald (Essmann et al. 1995): splines that
// interpolate, because the kernels' spectra are divided by theirs. One charge per point and the force itself as kernel
// need three transforms instead of eight and no differences of large sums, so float32 is enough.
class GridRepulsion {
 public:
  explicit GridRepulsion(float spacing = 1.0f / 3) : spacing_(spacing) {}
  double operator()(const Plane& points, Plane& force);

 private:
  struct Grid {
    float x0 = 0, y0 = 0, h = 0;  // the plane at node (0, 0), and between nodes
    Index nodes = 0, length = 0;  // per side; of a padded transform
  };
  void place(const Plane& points);
  void make_kernels();
  void spread(const Plane& points);
  void transform_columns();
  double multiply_rows();
  void inverse_columns();
  void gather(const Plane& points, Plane& force) const;

  float spacing_;
  Grid grid_;
  std::unique_ptr<Fft> fft_;
  Index pitch_ = 0, half_ = 0;          // nodes, and frequencies 0 ... length / 2, both rounded up to lanes
  Buffer density_, force_x_, force_y_;  // [length / 2, pitch]
  Buffer spectrum_, second_;            // [half / 16, re | im, pitch, 16]
  Buffer potential_, pull_x_, pull_y_;  // spectra [half / 16, length, 16 ky] of q; of x q^2 and y q^2, divided by i
  std::vector<std::int32_t> cell_y_, order_, band_start_;
};

}  // namespace mueca
