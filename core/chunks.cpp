#include "core/chunks.h"

#include <iterator>

namespace mueca {

void Chunks::add(std::byte* begin, std::size_t bytes) { set_free(chunks_.insert({begin, {bytes, true, true}}).first); }

std::byte* Chunks::take(std::size_t bytes) {
  const auto fit = free_.lower_bound({bytes, nullptr});
  if (fit == free_.end()) return nullptr;
  const auto it = chunks_.find(fit->second);
  const std::size_t rest = it->second.bytes - bytes;
  set_taken(it);
  it->second.bytes = bytes;
  if (rest > 0) set_free(chunks_.insert(std::next(it), {it->first + bytes, {rest, true, false}}));
  return it->first;
}

void Chunks::give_back(std::byte* chunk) {
  auto it = chunks_.find(chunk);
  if (const auto next = std::next(it); next != chunks_.end() && !next->second.taken && !next->second.first) {
    set_taken(next);
    it->second.bytes += next->second.bytes;
    chunks_.erase(next);
  }
  if (!it->second.first && !std::prev(it)->second.taken) {
    const auto before = std::prev(it);
    set_taken(before);
    before->second.bytes += it->second.bytes;
    chunks_.erase(it);
    it = before;
  }
  set_free(it);
}

bool Chunks::unused(std::byte* begin) const {
  const auto it = chunks_.find(begin), next = std::next(it);
  return !it->second.taken && (next == chunks_.end() || next->second.first);
}

void Chunks::remove(std::byte* begin) {
  const auto first = chunks_.find(begin), last = end_of_range(first);
  for (auto it = first; it != last; ++it) free_.erase({it->second.bytes, it->first});
  chunks_.erase(first, last);
}

void Chunks::hand_over(std::byte* begin, Chunks& to) {
  const auto first = chunks_.find(begin), last = end_of_range(first);
  for (auto it = first; it != last; ++it) {
    const auto there = to.chunks_.insert(*it).first;
    if (!it->second.taken) to.set_free(there);
  }
  remove(begin);
}

Chunks::Map::iterator Chunks::end_of_range(Map::const_iterator first) {
  auto it = chunks_.find(first->first);
  do ++it;
  while (it != chunks_.end() && !it->second.first);
  return it;
}

void Chunks::set_free(Map::iterator it) {
  it->second.taken = false;
  free_.insert({it->second.bytes, it->first});
}

void Chunks::set_taken(Map::iterator it) {
  free_.erase({it->second.bytes, it->first});
  it->second.taken = true;
}

}  // namespace mueca
