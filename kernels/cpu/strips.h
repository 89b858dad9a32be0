// How the CPU kernels cut their work, so that no result depends on the number of threads: sums are formed strip by
// strip, and where a strip ends follows from the shape alone.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/parallel.h"

namespace mueca::cpu {

using Index = std::int64_t;

// The least number of elements that is worth a thread.
inline constexpr Index kGrain = 1 << 14;
inline Index grain_of_rows(Index row) { return std::max<Index>(kGrain / std::max<Index>(row, 1), 1); }

// [0, n) in at most `most` nearly equal strips of about `least` items or more.
struct Strips {
  Index n, count;
  Strips(Index items, Index least, Index most)
      : n(items), count(std::clamp<Index>(items / std::max<Index>(least, 1), 1, most)) {}
  Index begin(Index strip) const { return n * strip / count; }
  Index end(Index strip) const { return n * (strip + 1) / count; }
};

// Strips of the rows of a matrix: at most 64, each worth a thread, and long enough that merging their sums is cheap.
inline Strips strips_of_rows(Index rows, Index columns) {
  return Strips(rows, std::max<Index>(grain_of_rows(columns), 32), 64);
}

// Two sums per column of a matrix in a fixed order: body(begin, end, a, b) adds what rows [begin, end) contribute to
// a[columns] and b[columns]. Result: 2 * columns doubles, first all a, then all b.
template <class Body>
std::vector<double> column_sums(const Strips& strips, Index columns, const Body& body) {
  std::vector<double> partial(static_cast<std::size_t>(strips.count * 2 * columns));
  parallel_for(strips.count, 1, [&](Index first, Index last) {
    for (Index s = first; s < last; ++s) {
      double* mine = partial.data() + s * 2 * columns;
      body(strips.begin(s), strips.end(s), mine, mine + columns);
    }
  });
  for (Index s = 1; s < strips.count; ++s)
    for (Index c = 0; c < 2 * columns; ++c)
      partial[static_cast<std::size_t>(c)] += partial[static_cast<std::size_t>(s * 2 * columns + c)];
  partial.resize(static_cast<std::size_t>(2 * columns));
  return partial;
}

// The second walk over the same rows: body(begin, end) for each strip by the thread that had it, last strip first,
// because that is what its cache still holds.
template <class Body>
void walk_back(const Strips& strips, const Body& body) {
  parallel_for(strips.count, 1, [&](Index first, Index last) {
    for (Index s = last; s-- > first;) body(strips.begin(s), strips.end(s));
  });
}

// One sum over [0, n) in a fixed order; body(begin, end) returns the sum over that range.
template <class Body>
double total_sum(Index n, const Body& body) {
  const Strips strips(n, kGrain, 64);
  double partial[64] = {}, sum = 0;
  parallel_for(strips.count, 1, [&](Index first, Index last) {
    for (Index s = first; s < last; ++s) partial[s] = body(strips.begin(s), strips.end(s));
  });
  for (Index s = 0; s < strips.count; ++s) sum += partial[s];
  return sum;
}

}  // namespace mueca::cpu
