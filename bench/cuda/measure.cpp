#include "bench/cuda/measure.h"

#include <algorithm>
#include <cmath>
#include <exception>

#include "core/error.h"

namespace mueca::bench {
namespace {

constexpr double kStart = 20;  // microseconds that one call alone may wait for its start

Timing summary(std::vector<double> blocks, int calls, bool recorded) {
  std::ranges::sort(blocks);
  const std::size_t n = blocks.size(), tail = n / 10;
  const double median = n % 2 ? blocks[n / 2] : (blocks[n / 2 - 1] + blocks[n / 2]) / 2;
  return {median, median > 0 ? (blocks[n - 1 - tail] - blocks[tail]) / median : 0, calls, recorded};
}

Work calls_of(const Side& side, int calls, int sets) {
  return [side, calls, sets] {
    for (int i = 0; i < calls; ++i) side(i % sets);
  };
}

}  // namespace

double quick_microseconds(Clock& clock, const Side& side, const Protocol& protocol) {
  clock.microseconds(calls_of(side, 1, 1));  // loads, compiles
  double best = clock.microseconds(calls_of(side, protocol.sets, protocol.sets));
  for (int i = 0; i < 2; ++i) best = std::min(best, clock.microseconds(calls_of(side, protocol.sets, protocol.sets)));
  return best / protocol.sets;
}

std::vector<Timing> measure(Clock& clock, std::span<const Side> sides, const Protocol& protocol) {
  check(protocol.sets >= 1 && protocol.blocks >= 1, "measure: at least one set and one block");
  std::vector<Work> blocks, recordings;
  std::vector<int> calls;
  for (const Side& side : sides) {
    for (int i = 0; i < protocol.warm; ++i) clock.microseconds(calls_of(side, protocol.sets, protocol.sets));
    const double one = std::max(quick_microseconds(clock, side, protocol), 1e-3);
    const int rounds = static_cast<int>(std::ceil(std::min<double>(protocol.most_calls, protocol.block_us / one)));
    calls.push_back((rounds + protocol.sets - 1) / protocol.sets * protocol.sets);  // whole walks through the sets
    blocks.push_back(calls_of(side, calls.back(), protocol.sets));
  }
  for (const Work& block : blocks) {
    if (Work recording = clock.record(block)) recordings.push_back(std::move(recording));
  }
  const bool recorded = recordings.size() == blocks.size();
  std::vector<std::vector<double>> times(sides.size());
  if (recorded)
    for (const Work& recording : recordings) clock.microseconds(recording);  // the first start of a recording is dearer
  for (int turn = 0; turn < protocol.blocks; ++turn)
    for (std::size_t i = 0; i < sides.size(); ++i)
      times[i].push_back(clock.microseconds(recorded ? recordings[i] : blocks[i]) / calls[i]);
  std::vector<Timing> result;
  for (std::size_t i = 0; i < sides.size(); ++i) result.push_back(summary(std::move(times[i]), calls[i], recorded));
  return result;
}

int pick_fastest(Clock& clock, std::span<const Side> candidates, const Protocol& protocol) {
  int best = -1;
  double least = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    try {
      clock.microseconds(calls_of(candidates[i], 1, 1));  // loads, compiles
      const double once = clock.microseconds(calls_of(candidates[i], 1, 1));
      if (best >= 0 && once > 4 * least + kStart) continue;  // hopeless: no time is lost on it
      const double us = quick_microseconds(clock, candidates[i], protocol);
      if (best < 0 || us < least) best = static_cast<int>(i), least = us;
    } catch (const std::exception&) {  // an engine that refuses after all
    }
  }
  return best;
}

}  // namespace mueca::bench
