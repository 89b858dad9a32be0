#include "apps/faces/picture_list.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "data/testing.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

class PictureListTest : public ::testing::Test {
 protected:
  PictureListTest() {
    for (const char* name :
         {"b.jpg", "a.PNG", "c.txt", "[1].jpg", ".hidden.jpg", "b.faces.jpg", "b.faces-12.jpg", "b.explained.png"})
      folder.write(name, "x");
    fs::create_directories(folder.path() / "sub/.git");
    fs::create_directories(folder.path() / "empty");
    folder.write("sub/d.webp", "x");
    folder.write("sub/.git/e.jpg", "x");
  }
  std::string in(const std::string& name) const { return (folder.path() / name).string(); }
  std::vector<std::string> names(const std::vector<std::string>& words) {
    const PictureList list = list_pictures(words);
    problems = list.problems;
    std::vector<std::string> out;
    for (const auto& file : list.files) out.push_back(file.lexically_relative(folder.path()).string());
    return out;
  }
  using Names = std::vector<std::string>;
  TempFolder folder;
  std::vector<PictureList::Problem> problems;
};

TEST_F(PictureListTest, TakesFilesAsTheyAreGiven) {
  EXPECT_EQ(names({in("c.txt"), in("none.jpg"), in("b.jpg"), in("b.jpg"), in("sub/../b.jpg")}),
            (Names{"c.txt", "none.jpg", "b.jpg"}));
  EXPECT_TRUE(problems.empty());
}

TEST_F(PictureListTest, WalksFoldersInOrder) {
  EXPECT_EQ(names({folder.path().string()}), (Names{"[1].jpg", "a.PNG", "b.jpg", "sub/d.webp"}));
  EXPECT_EQ(names({in("empty"), in("b.jpg")}), (Names{"b.jpg"}));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].sentence, in("empty") + ": holds no .jpg, .jpeg, .png, .bmp or .webp");
}

TEST_F(PictureListTest, ExpandsPatternsUnlessAFileIsCalledSo) {
  EXPECT_EQ(names({in("*.jpg")}), (Names{"[1].jpg", "b.faces-12.jpg", "b.faces.jpg", "b.jpg"}));
  EXPECT_EQ(names({in("[1].jpg")}), (Names{"[1].jpg"}));
  EXPECT_EQ(names({in("s?b")}), (Names{"sub/d.webp"}));
  EXPECT_TRUE(names({in("*.gif")}).empty());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].word, in("*.gif"));
}

TEST_F(PictureListTest, CopiesNeverOverwrite) {
  EXPECT_EQ(copy_path(in("a.PNG"), "", "faces"), in("a.faces.png"));
  EXPECT_EQ(copy_path(in("b.jpg"), "", "faces"), in("b.faces-1.jpg"));
  folder.write("b.faces-1.jpg", "x");
  EXPECT_EQ(copy_path(in("b.jpg"), "", "faces"), in("b.faces-2.jpg"));
  EXPECT_EQ(copy_path(in("sub/d.webp"), in("empty"), "faces"), in("empty/d.faces.png"));
  fs::create_symlink("nowhere", in("empty/d.faces.png"));
  EXPECT_EQ(copy_path(in("sub/d.webp"), in("empty"), "faces"), in("empty/d.faces-1.png"));
}

}  // namespace
}  // namespace mueca
