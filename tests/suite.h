// The one suite over all ops and devices. A case says how to make its inputs, gives the reference in double with its
// own vector-Jacobian product, and calls the public op. The chain of trust: central differences in double hold the
// reference's gradient; the reference holds every device.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/ops.h"
#include "tests/real.h"

namespace mueca::suite {

// A tensor of the reference: Real elements, or Sums that are still growing. Indices are checked; one index is flat.
template <class T>
struct Grid {
  Shape shape;
  std::vector<T> at;

  Grid() = default;
  explicit Grid(Shape s) : shape(s), at(static_cast<std::size_t>(s.size())) {}
  Index size() const { return static_cast<Index>(at.size()); }
  T& operator()(auto... indices) { return at[offset({static_cast<Index>(indices)...})]; }
  const T& operator()(auto... indices) const { return at[offset({static_cast<Index>(indices)...})]; }
  // The elements from there on, for inner loops.
  T* from(auto... indices) { return at.data() + offset({static_cast<Index>(indices)...}); }
  const T* from(auto... indices) const { return at.data() + offset({static_cast<Index>(indices)...}); }

 private:
  std::size_t offset(std::initializer_list<Index> indices) const {
    Index flat = 0;
    int axis = 0;
    for (Index i : indices) {
      const Index extent = indices.size() == 1 ? size() : shape[axis++];
      check(i >= 0 && i < extent, "reference: index ", i, " of ", shape);
      flat = flat * extent + i;
    }
    check(indices.size() == 1 || axis == shape.rank(), "reference: ", axis, " indices into ", shape);
    return static_cast<std::size_t>(flat);
  }
};
using Array = Grid<Real>;
using Arrays = std::vector<Array>;
using Sums = Grid<Sum>;
Array reals(const Sums& sums);

struct Runner;

enum class Values {
  integers,  // -4 ... 4: sums of products stay exact in float32
  reals,     // uniform in (-1, 1)
  positive,  // uniform in (0.5, 2)
  wide,      // uniform in (-8, 8), both branches of each activation
  distinct,  // a shuffled grid: no ties, so that a maximum has a derivative
};

struct Input {
  Shape shape;
  Values values = Values::reals;
  bool gradient = true;
  std::vector<float> given = {};  // these instead of random values
};

struct Case {
  std::string name;
  std::vector<Input> inputs;
  // The outputs; [0] is the one that is differentiated, further ones are only compared.
  std::function<Arrays(const Arrays& x)> forward;
  // The gradient of sum(gy * forward(x)[0]) for each input; an empty Array where Input::gradient is false.
  std::function<Arrays(const Arrays& x, const Array& gy)> gradient;
  std::function<std::vector<Tensor>(const std::vector<Tensor>& x)> op;
  bool exact = false;       // fed with integers, and every device must give the reference's value bit for bit
  bool differences = true;  // false: the formula is proved on a smaller case, or the point has a kink by intention
  double operations = 0;    // multiplications of a forward pass, where they are many more than its elements
  double c = 1;             // element by element: |device - reference| <= c * bound, c <= 4
  // Widens the bounds in y and gx for runners whose algorithm is bounded otherwise; may be empty.
  std::function<void(const Runner&, const Arrays& x, const Array& gy, Arrays& y, Arrays& gx)> widen = {};
};

// A wrong call, and what its message must say.
struct Refusal {
  std::string name;
  std::function<void()> call;
  std::string message;
};

// One way to run the same op: a device with its order of threads, or an algorithm of its kernels.
struct Runner {
  std::string name;
  Device device = Device::cpu;
  std::function<void(const std::function<void()>& body)> with;
  std::function<bool(const Case&)> suits = {};  // empty: every case
};

struct Family {
  std::vector<Case> cases;
  std::vector<Refusal> refusals;
  // Which inputs of the cases are activations; CUDA's devices run the cases with them in bfloat16, too.
  std::vector<std::size_t> activations = {};
  std::vector<Runner> algorithms = {};  // of a device, besides its own choice
  bool threads_agree = true;            // of the CPU: the same bits whatever the number of threads
};

// Proves the references of a family by central differences.
void prove_references(const Family& family);
// Holds a device, in each of its orders of threads, and its algorithms to the references, and every refusal to its
// message. Failures are gtest failures. On `emulated` cases that are large for the executor are left out, and cases
// whose kernels are not written yet are named.
void hold_kernels(const Family& family, Device device);
void hold_refusals(const Family& family);
// Only calls everything once on the CPU, for the coverage walk.
void call_kernels(const Family& family);

// For references and direct kernel calls.
Real activate(Real x, Activation kind);
Real activation_slope(Real x, Activation kind);
inline bool inside(Index i, Index extent) { return i >= 0 && i < extent; }

}  // namespace mueca::suite
