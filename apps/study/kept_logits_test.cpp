#include "apps/study/kept_logits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "apps/tool_test.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/files/sha256.h"

namespace mueca {
namespace {

const LogitsKey kKey{std::string(64, 'c'), std::string(64, 'd'), "flip", {3, 5, 8}, {"dark", "very, \"bright\""}};

Tensor logits() {  // one third, the smallest and the largest float32, a subnormal, minus zero
  return Tensor::from({3, 2}, {1.0f / 3, 1.17549435e-38f, -3.4028235e38f, 1e-45f, -0.0f, 12.345678f});
}

TEST(KeptLogits, ReadBackBitByBit) {
  const auto back = parse_logits(logits_text(kKey, logits()), kKey);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->shape(), logits().shape());
  EXPECT_EQ(std::memcmp(back->data(), logits().data(), 6 * sizeof(float)), 0);
  EXPECT_THROW(logits_text(kKey, Tensor({2, 2})), Error);
}

TEST(KeptLogits, OnlyForTheSameKey) {
  const std::string text = logits_text(kKey, logits());
  const auto refused = [&](auto change) {
    LogitsKey key = kKey;
    change(key);
    return !parse_logits(text, key);
  };
  EXPECT_TRUE(refused([](LogitsKey& k) { k.checkpoint_sha256[0] = 'e'; }));
  EXPECT_TRUE(refused([](LogitsKey& k) { k.pack_sha256[0] = 'e'; }));
  EXPECT_TRUE(refused([](LogitsKey& k) { k.views = "center"; }));
  EXPECT_TRUE(refused([](LogitsKey& k) { k.rows[1] = 6; }));
  EXPECT_TRUE(refused([](LogitsKey& k) { k.rows.pop_back(); }));
  EXPECT_TRUE(refused([](LogitsKey& k) { k.rows.push_back(9); }));
  EXPECT_TRUE(refused([](LogitsKey& k) { k.classes.pop_back(); }));
  EXPECT_TRUE(refused([](LogitsKey& k) { std::swap(k.classes[0], k.classes[1]); }));
}

// The text with another body, and a head that vouches for it.
std::string with_body(const std::string& from, const std::string& to) {
  std::string text = logits_text(kKey, logits());
  const std::size_t head = text.find('\n') + 1;
  std::string body = text.substr(head);
  const std::string old_hash = sha256_of(body);
  const auto at = body.find(from);
  check(at != std::string::npos, "the text to replace is not there");
  body.replace(at, from.size(), to);
  std::string first = text.substr(0, head);
  first.replace(first.find(old_hash), 64, sha256_of(body));
  return first + body;
}

TEST(KeptLogits, StrangeFilesAreNotTaken) {
  const std::string text = logits_text(kKey, logits());
  ASSERT_TRUE(parse_logits(with_body("12.345678", "12.345679"), kKey));  // the forgery itself works
  for (std::size_t length = 0; length < text.size(); ++length)
    ASSERT_FALSE(parse_logits(text.substr(0, length), kKey)) << length;
  for (std::size_t at = 0; at < text.size(); ++at) {  // any byte of it changed
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    ASSERT_FALSE(parse_logits(damaged, kKey)) << at;
  }
  EXPECT_FALSE(parse_logits(with_body("12.345678", "twelve"), kKey));
  EXPECT_FALSE(parse_logits(with_body("12.345678", "nan"), kKey));
  EXPECT_FALSE(parse_logits(with_body("12.345678", "1e99"), kKey));
  EXPECT_FALSE(parse_logits(with_body("12.345678", ""), kKey));
  EXPECT_FALSE(parse_logits(with_body("12.345678", "12.345678,1"), kKey));
  EXPECT_FALSE(parse_logits(with_body("\n8,", "\n9,"), kKey));
  EXPECT_FALSE(parse_logits(with_body("\n8,", "\n5,"), kKey));
  EXPECT_FALSE(parse_logits(with_body("12.345678\n", "12.345678\n9,1,2\n"), kKey));
  EXPECT_FALSE(parse_logits("", kKey));
}

TEST(KeptLogits, AreMadeOnceAndAgainWhenStale) {
  const TestFolder folder;
  const std::filesystem::path file = folder.path() / "evaluation" / "private_test-flip.csv";
  int made = 0;
  const auto make = [&] { return ++made, logits(); };
  kept_logits(file, kKey, make);
  const Tensor again = kept_logits(file, kKey, make);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(std::memcmp(again.data(), logits().data(), 6 * sizeof(float)), 0);
  LogitsKey trained_on = kKey;
  trained_on.checkpoint_sha256[0] = 'f';
  kept_logits(file, trained_on, make);
  EXPECT_EQ(made, 2);
  write_file_atomically(file, std::string(1 << 20, 'x'));
  kept_logits(file, kKey, make);
  EXPECT_EQ(made, 3);
  EXPECT_EQ(read_file(file, 1 << 16), logits_text(kKey, logits()));
  const auto fails = []() -> Tensor { throw Error("interrupted"); };
  EXPECT_THROW(kept_logits(folder.path() / "other.csv", kKey, fails), Error);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "other.csv"));
}

}  // namespace
}  // namespace mueca
