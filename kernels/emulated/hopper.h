// What Hopper's asynchronous instructions have under way, for their twins (ptx_hopper_twins.h): a thread's warpgroup
// products, and the meeting of a warpgroup's threads at one of them.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <vector>

namespace mueca::simt {

inline constexpr unsigned kWarpgroup = 128;

// A thread's share of one d += a b: of rows `a` of its 16 x 16 block of a, and of b as it will be when it is awaited.
struct WarpgroupProduct {
  float* sums;                // the thread's registers
  std::size_t count;          // of them
  float a[2][16];             // the rows that they belong to
  std::uint64_t b;            // descriptor
  bool flat;                  // b's lines are its k
  const unsigned* registers;  // the thread's fragment of a, which must stay as it was until then
  std::array<unsigned, 4> was;
};

struct WarpgroupWork {
  std::vector<WarpgroupProduct> issued;               // of the open group
  std::vector<std::vector<WarpgroupProduct>> groups;  // committed groups, oldest first
  std::map<float*, std::vector<float>> sums;          // true values of registers that are under way, and poisoned
  bool fenced = false;                                // no register was written since the last wgmma.fence
  std::uint64_t met = 0;                              // products that the thread has issued
};

// Threads of a warpgroup come to a product one by one; it is issued once all are there. Two products' fragments are
// kept: nobody comes to the next but one before all have left this one.
struct WarpgroupMeeting {
  std::uint64_t arrived = 0;
  const char* file = "";
  unsigned line = 0;
  std::uint64_t b = 0;
  std::array<std::array<std::array<unsigned, 4>, kWarpgroup>, 2> a = {};
};

}  // namespace mueca::simt
