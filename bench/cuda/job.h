// One thing to measure: its tensors, what ours does with them, what the truth is, and who else can do it.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/cuda/tensors.h"
#include "core/device.h"

namespace mueca::bench {

// What operands are rounded to before they are multiplied; sums are float32 in all of them.
enum class Math { float32, tf32, bf16 };
std::string_view name_of(Math math);
double unit_of(Math math);    // the relative rounding of one operand, 0 for float32
double unit_of(Store store);  // of a stored number

// One element of an output by a double-precision reference: the sum, and what rounding can do to it - the sum of its
// terms' magnitudes, and the root of the sum of their squares.
struct Expected {
  std::size_t tensor = 0;  // number in the job
  std::int64_t index = 0;  // in our layout
  double value = 0, magnitude = 0, norm = 0;
};

struct PeerContext;  // peer.h
struct Peer;

struct Job {
  std::string family, op, shape, algorithm;
  Math math = Math::float32;
  Store store = Store::float32;  // of our activations: float32 or bfloat16
  double flop = 0, bytes = 0;    // of one call: those of the definition, and each tensor once for each pass over it
  std::vector<TensorSpec> tensors;
  std::function<void(HostTensors&)> prepare;  // inputs that are not noise
  std::function<void(Stream&, void* const*)> run;
  std::function<std::vector<Expected>(const HostTensors&)> expected;
  std::function<std::vector<Peer>(PeerContext&)> peers;
  std::string note;  // what a reader must know of the comparison

  // "@bf16" behind the algorithm: with activations stored in bfloat16.
  std::string name() const {
    return family + "/" + op + "/" + shape + "/" + algorithm + (store == Store::bfloat16 ? "@bf16" : "");
  }
};

// What sampled outputs are off: relative to the root mean square of the truth, and whether any exceeds what its
// rounding allows. `not_finite` counts all elements of all outputs, not the sample alone.
struct Verdict {
  double worst = 0, relative_l2 = 0;
  std::int64_t sampled = 0, beyond = 0, not_finite = 0;
  bool right() const { return sampled > 0 && beyond == 0 && not_finite == 0; }
};
// outputs[tensor]: values in our layout, empty for tensors that are not outputs. `stored`: outputs were rounded to
// that.
Verdict judge(const std::vector<Expected>& expected, const std::vector<std::vector<float>>& outputs, Math math,
              Store stored);

// About `count` places of [0, size): both ends, and the rest spread by a random number.
std::vector<std::int64_t> sample_places(std::int64_t size, std::int64_t count, std::uint64_t seed);

}  // namespace mueca::bench
