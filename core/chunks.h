// Chunks: bookkeeping of a memory pool - ranges of addresses, cut into chunks. Touches no memory, takes no lock.
#pragma once
#include <cstddef>
#include <map>
#include <set>
#include <utility>

namespace mueca {

// Best fit; neighbours of one range merge when they are given back. Chunks start where the sizes that were asked for
// put them: who wants alignment adds aligned ranges and takes multiples of it.
class Chunks {
 public:
  void add(std::byte* begin, std::size_t bytes);  // a range of its own, free; never merged with another
  std::byte* take(std::size_t bytes);             // nullptr: no free chunk is that large
  void give_back(std::byte* chunk);               // what take() returned

  // Of the range that starts there: whether nothing of it is taken; forget it; let `to` keep its books from now on.
  bool unused(std::byte* begin) const;
  void remove(std::byte* begin);
  void hand_over(std::byte* begin, Chunks& to);

 private:
  struct Chunk {
    std::size_t bytes = 0;
    bool taken = false, first = false;  // first: of its range
  };
  using Map = std::map<std::byte*, Chunk>;
  Map::iterator end_of_range(Map::const_iterator first);
  void set_free(Map::iterator it);
  void set_taken(Map::iterator it);

  Map chunks_;
  std::set<std::pair<std::size_t, std::byte*>> free_;  // by size, then address
};

}  // namespace mueca
