// Threads for CPU kernels. OpenMP underneath, because oneDNN uses it too: one team, no fight over cores.
#pragma once
#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace mueca {

// Number of threads that kernels use (at least 1). Default: all cores of this process, or OMP_NUM_THREADS.
inline int thread_count() { return omp_get_max_threads(); }
inline void set_thread_count(int n) { omp_set_num_threads(std::max(n, 1)); }

// Calls body(begin, end) on disjoint ranges that cover [0, n), one range per thread, in equal static parts, so that
// a run is repeatable. `grain` is the least number of items worth a thread. Nested calls run on the calling thread.
// The body must not throw.
template <class Body>
void parallel_for(std::int64_t n, std::int64_t grain, const Body& body) {
  const auto parts =
      static_cast<int>(std::clamp<std::int64_t>(n / std::max<std::int64_t>(grain, 1), 1, thread_count()));
  if (parts == 1 || omp_in_parallel()) {
    if (n > 0) body(std::int64_t{0}, n);
    return;
  }
#pragma omp parallel num_threads(parts)
  {
    const std::int64_t t = omp_get_thread_num(), used = omp_get_num_threads();
    if (const std::int64_t begin = n * t / used, end = n * (t + 1) / used; begin < end) body(begin, end);
  }
}

}  // namespace mueca
