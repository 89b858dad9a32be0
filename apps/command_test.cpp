// The front of the tool: help, version, unknown words; end to end.
#include <gtest/gtest.h>

#include "apps/tool_test.h"

namespace mueca {
namespace {

TEST(Tool, HelpAndVersion) {
  const ToolOutput help = run_mueca({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* word : {"train", "features", "doctor"}) EXPECT_NE(help.out.find(word), std::string::npos) << word;
  EXPECT_EQ(help.err, "");
  const ToolOutput version = run_mueca({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out.find("mueca "), 0u);
}

TEST(Tool, WrongWordsAreUsageErrors) {
  const ToolOutput nothing = run_mueca({});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_NE(nothing.err.find("mueca --help"), std::string::npos) << nothing.err;
  const ToolOutput typo = run_mueca({"trian"});
  EXPECT_EQ(typo.code, 2);
  EXPECT_EQ(typo.err, "mueca: unknown command or argument \"trian\"; see 'mueca --help'\n");
}

TEST(Tool, DoctorGivesAVerdict) {
  const ToolOutput doctor = run_mueca({"doctor"});
  EXPECT_EQ(doctor.code, 0) << doctor.err;
  for (const char* word : {"compiler", "oneDNN", "HDF5", "CPU", "threads", "memory", "cpu", "emulated", "cuda"})
    EXPECT_NE(doctor.out.find(word), std::string::npos) << word;
}

}  // namespace
}  // namespace mueca
