// JSON from strangers: limits hold before anything is built, and errors say where.
#include "apps/chat/bounded_json.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace mueca {
namespace {

std::string error_of(std::string_view text, const JsonLimits& limits = {}) {
  try {
    parse_bounded_json(text, "here", limits);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(BoundedJson, ReadsWhatIsWithinItsLimits) {
  const auto json =
      parse_bounded_json(R"({"a": [1, "]}],", {"b": "\"[["}]})", "here", {.bytes = 64, .values = 6, .depth = 3});
  EXPECT_EQ(json["a"][1], "]}],");
  EXPECT_EQ(json["a"][2]["b"], "\"[[");
}

TEST(BoundedJson, RefusesWhatIsNot) {
  EXPECT_EQ(error_of("[1,2,3]", {.bytes = 6}), "here: JSON of 7 bytes, at most 6 are read");
  EXPECT_EQ(error_of("[[[1]]]", {.depth = 2}), "here: JSON nested deeper than 2 levels");
  EXPECT_EQ(error_of("[1,2,3]", {.values = 3}), "here: JSON with more than 3 values");
  EXPECT_EQ(error_of(std::string(1'000'000, '[')), "here: JSON nested deeper than 16 levels");
}

TEST(BoundedJson, SaysWhereItIsMalformed) {
  EXPECT_EQ(error_of(R"({"a": 1,})"), "here: not valid JSON at column 9");
  EXPECT_EQ(error_of("{\n \"a\": 1,\n \"b\" 2}"), "here: not valid JSON at line 3, column 6");
  EXPECT_EQ(error_of(""), "here: not valid JSON at column 1");
  EXPECT_EQ(error_of("[\"\xFF\"]"), "here: not valid JSON at column 3");
  EXPECT_EQ(error_of(R"({"a": 1, "b": {"a": 2}, "a": 3})"), "here: the key \"a\" is there twice");
  EXPECT_NE(error_of("[1e999]").find("here: not valid JSON"), std::string::npos);
}

}  // namespace
}  // namespace mueca
