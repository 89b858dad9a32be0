// The protocol of a fair comparison: every side in turns, each over several sets of buffers, recorded and started as
// one where that is possible, the median of many blocks. It knows no device: a clock says how long work took.
#pragma once
#include <functional>
#include <span>
#include <vector>

namespace mueca::bench {

using Work = std::function<void()>;

// What times work on a device.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual double microseconds(const Work& work) = 0;  // from its start to its end on the device
  virtual Work record(const Work& work) = 0;          // starts all of it as one; empty when that cannot be done
};

struct Protocol {
  int sets = 3;            // buffer sets that calls walk through in turn, together larger than the L2 cache
  int blocks = 9;          // turns of each side
  int warm = 3;            // calls before the first block
  double block_us = 1000;  // a block is as many calls as this lasts, at least one of each set
  int most_calls = 60;     // of a block
};

struct Timing {
  double median_us = 0;  // of one call
  double spread = 0;     // (largest - smallest of the middle four fifths of blocks) / median
  int calls = 0;         // in a block
  bool recorded = false;
};

// One side: call(set) starts one call on that set of buffers. All sides are recorded, or none is.
using Side = std::function<void(int)>;
std::vector<Timing> measure(Clock& clock, std::span<const Side> sides, const Protocol& protocol);

// A few calls after a warm one: enough to choose among candidates. Microseconds of one call, the least of three.
double quick_microseconds(Clock& clock, const Side& side, const Protocol& protocol);

// The fastest of candidates that work, by quick_microseconds; -1 when none does. A candidate that throws is out.
int pick_fastest(Clock& clock, std::span<const Side> candidates, const Protocol& protocol);

}  // namespace mueca::bench
