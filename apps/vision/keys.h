// Keys: their names, and scripts that press them at given frames instead of a hand.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apps/faces/overlay.h"

namespace mueca {

inline constexpr int kKeyEscape = 27, kKeySpace = ' ';

// "frame:30=space,60=q": at the 30th and 60th turn of the loop, counted from 0. Turns are frames, except that they go
// on during a pause. Names: space, esc, plus, minus, comma, or the key itself. Throws UsageError saying what is wrong.
class KeyScript {
 public:
  explicit KeyScript(const std::string& text = "");
  std::vector<int> at(std::int64_t turn) const;
  bool over(std::int64_t turn) const { return keys_.upper_bound(turn) == keys_.end(); }  // nothing comes after

 private:
  std::multimap<std::int64_t, int> keys_;
};

extern const std::vector<KeyHelp> kVideoKeys, kCaptureKeys;  // for the overlay's help and --help

std::string key_table(const std::vector<KeyHelp>& keys);  // one line: "q quit, space pause, ..."

}  // namespace mueca
