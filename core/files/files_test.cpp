#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/files/base64.h"
#include "core/files/sha256.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / str("mueca_files_", info->name(), "_", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(Files, CommitReplacesTheTarget) {
  const fs::path target = folder_ / "deep" / "a.txt";
  write_file_atomically(target, "one");
  write_file_atomically(target, "two");
  EXPECT_EQ(read_file(target, 3), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "deep"), fs::directory_iterator()), 1);
}

TEST_F(Files, WithoutCommitTheTargetStaysAndNothingIsLeft) {
  const fs::path target = folder_ / "a.txt";
  write_file_atomically(target, "one");
  {
    AtomicFile file(target);
    std::ofstream(file.temporary()) << "half";
    EXPECT_EQ(file.temporary().parent_path(), folder_);
  }
  EXPECT_EQ(read_file(target, 100), "one");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, TwoWritersOfOneTargetDoNotMeet) {
  AtomicFile a(folder_ / "x"), b(folder_ / "x");
  EXPECT_NE(a.temporary(), b.temporary());
}

TEST_F(Files, LeftoversOfTheDeadGo) {
  const fs::path target = folder_ / "last.h5";
  AtomicFile alive(target);
  std::ofstream(alive.temporary()) << "being written";
  std::ofstream(folder_ / "last.h5.2147483647.0.tmp") << "no process has this number";
  std::ofstream(folder_ / "other.h5.2147483647.0.tmp") << "somebody else's";
  remove_leftovers(target);
  EXPECT_TRUE(fs::exists(alive.temporary()));
  EXPECT_EQ(entries(), 2u);
  EXPECT_TRUE(fs::exists(folder_ / "other.h5.2147483647.0.tmp"));
}

TEST_F(Files, ErrorsNameTheFile) {
  const auto message = [](auto&& action) -> std::string {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message([&] { read_file(folder_ / "none", 9); }),
            (folder_ / "none").string() + ": cannot be read: No such file or directory");
  EXPECT_NE(message([&] { read_file(folder_, 9); }).find("not a regular file"), std::string::npos);
  write_file_atomically(folder_ / "big", "0123456789");
  EXPECT_NE(message([&] { read_file(folder_ / "big", 9); }).find("limit of 9 bytes"), std::string::npos);
  EXPECT_NE(message([&] { AtomicFile file(folder_ / "big" / "under_a_file"); }).find("cannot be made"),
            std::string::npos);
  EXPECT_NE(message([&] { AtomicFile(folder_ / "never_written").commit(); }).find("cannot be opened"),
            std::string::npos);
}

// FIPS 180-4 examples.
TEST(Base64, KnownAnswers) {  // RFC 4648, section 10
  const std::pair<const char*, const char*> answers[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : answers) EXPECT_EQ(base64(bytes), text);
  EXPECT_EQ(base64("\xfb\xff"), "+/8=");
}

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_F(Files, HashOfAFileIsTheHashOfItsBytes) {
  const std::string bytes(200'001, 'x');  // more than one block
  write_file_atomically(folder_ / "x", bytes);
  EXPECT_EQ(sha256_file(folder_ / "x"), sha256_of(bytes));
  EXPECT_THROW(sha256_file(folder_ / "none"), Error);
}

}  // namespace
}  // namespace mueca
