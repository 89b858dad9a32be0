// What every figure owes its readers, as a test: words lie inside the picture and apart from each other, nothing is
// "nan", and drawing it again gives the same bytes.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "apps/figures/canvas.h"

namespace mueca {

inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

inline void expect_legible(const Canvas& canvas) {
  const auto boxes = canvas.text_boxes();
  EXPECT_FALSE(boxes.empty());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const TextBox& a = boxes[i];
    EXPECT_TRUE(a.left >= 0 && a.top >= 0 && a.right <= canvas.width() && a.bottom <= canvas.height())
        << a.words << " leaves the picture: " << a.left << " " << a.top << " " << a.right << " " << a.bottom;
    for (std::size_t k = 0; k < i; ++k) {
      const TextBox& b = boxes[k];
      EXPECT_FALSE(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
          << a.words << " meets " << b.words;
    }
  }
  const std::string svg = canvas.svg();
  for (const char* word : {">nan", "\"nan", " nan", ">inf", "\"inf", " inf\"", "-nan", "-inf"})
    EXPECT_EQ(count(svg, word), 0u) << word;
  EXPECT_EQ(svg, canvas.svg());
  EXPECT_EQ(count(svg, "<desc></desc>"), 0u);
  EXPECT_GT(canvas.png(1).size(), 100u);
}

}  // namespace mueca
