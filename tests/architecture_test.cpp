// The plan of the house, read from the sources: which room may include which, where third parties may be named, how
// long a file may be, who may allocate.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace mueca {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLines = 500;

struct Source {
  std::string path;  // from the root: "core/tensor.h"
  std::vector<std::string> lines;
};

// The rooms. core/files and its users apart, a room is the first folder; the tests beside the sources belong to it.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"core", {"core"}},
    {"core/files", {"core/files", "core"}},
    {"kernels", {"kernels", "core"}},
    {"nn", {"nn", "core", "core/files"}},
    {"data", {"data", "core", "core/files"}},
    {"apps", {"apps", "nn", "data", "core", "core/files"}},
    {"bench", {"bench", "nn", "data", "core", "core/files", "kernels"}},
    {"tests", {"tests", "apps", "nn", "data", "core", "core/files", "kernels", "bench"}},
};

std::string room_of(const std::string& path) {
  if (path.starts_with("core/files/")) return "core/files";
  return path.substr(0, path.find('/'));
}

std::vector<Source> sources() {
  std::vector<Source> found;
  const fs::path root = MUECA_SOURCE_DIR;
  for (const auto& [room, allowed] : kMayInclude) {
    if (room == "core/files" || !fs::exists(root / room)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / room)) {
      static const std::set<std::string> kCode = {".cpp", ".h", ".cu", ".cuh", ".py"};
      if (!entry.is_regular_file() || !kCode.contains(entry.path().extension().string())) continue;
      Source s{entry.path().lexically_relative(root).generic_string(), {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) s.lines.push_back(line);
      found.push_back(std::move(s));
    }
  }
  return found;
}

// The arguments of #include, with their quotes or brackets. (No std::regex: GCC 12 warns of it under sanitizers.)
std::vector<std::string> includes_of(const Source& s) {
  std::vector<std::string> includes;
  for (const std::string& line : s.lines) {
    const std::size_t hash = line.find_first_not_of(" \t"), open = line.find_first_of("\"<");
    if (hash == std::string::npos || open == std::string::npos || line[hash] != '#') continue;
    if (line.find("include", hash) > open) continue;
    const std::size_t close = line.find_first_of("\">", open + 1);
    if (close != std::string::npos) includes.push_back(line.substr(open, close - open + 1));
  }
  return includes;
}

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Whether a line of code calls the C allocator, or uses new or delete as operators.
bool allocates(const std::string& code) {
  for (std::size_t begin = 0, end = 0; begin < code.size(); begin = end) {
    for (end = begin; end < code.size() && in_word(code[end]) == in_word(code[begin]); ++end) continue;
    static const std::set<std::string> kC = {"malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "free"};
    const std::string word = code.substr(begin, end - begin);
    const std::size_t next = code.find_first_not_of(' ', end), last = code.find_last_not_of(' ', begin - 1);
    const char after = next == std::string::npos ? ';' : code[next];
    const char before = begin == 0 || last == std::string::npos ? ';' : code[last];
    if (kC.contains(word) && after == '(' && before != '.' && before != '>') return true;
    const bool statement = before == ';' || before == ')' || before == '{' || before == '}';
    if (word == "delete" && statement && (in_word(after) || after == '[')) return true;
    const bool value = std::string("=(,{?:").find(before) != std::string::npos ||
                       (begin >= 7 && code.compare(begin - 7, 7, "return ") == 0);
    if (word == "new" && value && (in_word(after) || after == '(' || after == ':')) return true;
  }
  return false;
}

// What is wrong with this include in this file; empty: nothing.
std::string complaint(const std::string& path, const std::string& include) {
  const std::string room = room_of(path), name = include.substr(1, include.size() - 2);
  const bool test = path.ends_with("_test.cpp") || room == "tests";
  if (include[0] == '"') {
    if (name == "mueca_commit.h") return "";  // written by the build
    if (!kMayInclude.contains(room_of(name))) return "include by path from the root";
    const bool tensors = name == "core/tensor.h" || name == "core/autograd.h" || name == "core/ops.h";
    if (room == "kernels" && tensors && !test) return "kernels see no tensors and no tape";
    const bool in_room = kMayInclude.at(room).contains(room_of(name));
    return in_room || test ? "" : room + "/ may not include " + room_of(name) + "/";
  }
  if (path == "apps/build_info.cpp") return "";  // prints the version of everything that was built in
  if (name.starts_with("hdf5") || name.starts_with("H5"))
    return room == "core/files" || test ? "" : "HDF5 stays in core/files";
  if (name.starts_with("opencv2/")) return room == "data" || room == "apps" ? "" : "OpenCV stays in data/ and apps/";
  if (name.find("dnnl") != std::string::npos)
    return path.starts_with("kernels/cpu/onednn") || room == "bench" ? "" : "oneDNN stays in kernels/cpu/onednn*";
  if (name.starts_with("cudnn")) return room == "bench" ? "" : "cuDNN stays in bench/";
  if (name.starts_with("cuda")) return room == "core" || room == "kernels" || room == "bench" ? "" : "CUDA stays below";
  return "";
}

TEST(Architecture, IncludesFollowTheArrows) {
  int seen = 0;
  for (const Source& s : sources())
    for (const std::string& include : includes_of(s)) {
      EXPECT_EQ(complaint(s.path, include), "") << s.path << " includes " << include;
      ++seen;
    }
  EXPECT_GT(seen, 100) << "the sources were not found under " << MUECA_SOURCE_DIR;
}

TEST(Architecture, TellsAWrongArrow) {
  EXPECT_EQ(complaint("nn/model.cpp", "\"data/pack.h\""), "nn/ may not include data/");
  EXPECT_EQ(complaint("core/tensor.cpp", "\"core/files/hdf5.h\""), "core/ may not include core/files/");
  EXPECT_EQ(complaint("kernels/cpu/pool.cpp", "\"core/autograd.h\""), "kernels see no tensors and no tape");
  EXPECT_EQ(complaint("apps/cmd_train.cpp", "\"kernels/cpu/onednn.h\""), "apps/ may not include kernels/");
  EXPECT_EQ(complaint("nn/keras.cpp", "\"hdf5.h\""), "include by path from the root");
  EXPECT_EQ(complaint("nn/keras.cpp", "<hdf5.h>"), "HDF5 stays in core/files");
  EXPECT_EQ(complaint("core/tensor.cpp", "<opencv2/core.hpp>"), "OpenCV stays in data/ and apps/");
  EXPECT_EQ(complaint("kernels/cpu/conv2d.cpp", "<oneapi/dnnl/dnnl.hpp>"), "oneDNN stays in kernels/cpu/onednn*");
  EXPECT_EQ(complaint("kernels/cpu/onednn.cpp", "<oneapi/dnnl/dnnl.hpp>"), "");
  EXPECT_EQ(complaint("data/pack.cpp", "\"core/files/hdf5.h\""), "");
  EXPECT_EQ(complaint("core/files/hdf5.cpp", "<hdf5.h>"), "");
}

TEST(Architecture, NoFileIsLongerThanTwoRooms) {
  for (const Source& s : sources()) EXPECT_LE(s.lines.size(), kMostLines) << s.path << " is two rooms in one";
}

// Pools, device memory and raw storage have one owner; everything else uses containers, Buffer and smart pointers.
TEST(Architecture, OnlyCoreMemoryAllocates) {
  for (const Source& s : sources()) {
    if (s.path == "core/memory.cpp" || s.path == "tests/architecture_test.cpp" || s.path.ends_with(".py")) continue;
    for (std::size_t i = 0; i < s.lines.size(); ++i) {
      const std::string code = s.lines[i].substr(0, s.lines[i].find("//"));
      EXPECT_FALSE(allocates(code)) << s.path << ":" << i + 1 << ": " << s.lines[i];
    }
  }
}

TEST(Architecture, TellsAnAllocation) {
  for (const char* code : {"p = malloc(8);", "std::free(p);", "auto* x = new Node;", "f(new int[4]);", "  delete p;",
                           "delete[] p;", "return new Node(3);"})
    EXPECT_TRUE(allocates(code)) << code;
  for (const char* code : {"Node(const Node&) = delete;", "pool.free(p);", "// a new file", "str(\"a new name\")",
                           "make_new(3);", "int free = 0;", "renew = news;"})
    EXPECT_FALSE(allocates(code)) << code;
}

// What keeps kernels/cuda runnable without a GPU: each thing that only a device can do stands in one file, beside its
// twin. The word that a line of code of this file may not say; empty: none.
std::string device_word(const std::string& path, const std::string& code) {
  struct Rule {
    const char *word, *only_in, *or_in = "";
  };
  static constexpr Rule kRules[] = {{"<<<", "launch.cuh"},
                                    {"__shared__", "launch.cuh"},
                                    {"__shfl", "warp.cuh"},
                                    {"__ballot", "warp.cuh"},
                                    {"__reduce", "warp.cuh"},
                                    {"__match", "warp.cuh"},
                                    {"asm", "ptx.cuh", "ptx_hopper.cuh"},
                                    {"cudaMalloc", "runtime.cpp"},
                                    {"cudaMemcpy", "runtime.cpp"},
                                    {"cudaGraph", "runtime.cpp"}};
  const std::string folder = "kernels/cuda/";
  if (!path.starts_with(folder)) return "";
  for (const Rule& rule : kRules)
    if (code.find(rule.word) != std::string::npos && path != folder + rule.only_in && path != folder + rule.or_in)
      return rule.word;
  return "";
}

TEST(Architecture, KernelsLaunchShuffleAndSpeakPtxInOnePlaceEach) {
  for (const Source& s : sources())
    for (std::size_t i = 0; i < s.lines.size(); ++i)
      EXPECT_EQ(device_word(s.path, s.lines[i].substr(0, s.lines[i].find("//"))), "") << s.path << ":" << i + 1;
  EXPECT_EQ(device_word("kernels/cuda/pool.cu", "  k<<<1, 32>>>(x);"), "<<<");
  EXPECT_EQ(device_word("kernels/cuda/pool.cu", "x += __shfl_xor_sync(~0u, x, 1);"), "__shfl");
  EXPECT_EQ(device_word("kernels/cuda/pool.cu", "asm volatile(\"\");"), "asm");
  EXPECT_EQ(device_word("kernels/cuda/pool.cu", "cudaMalloc(&p, 4);"), "cudaMalloc");
  EXPECT_EQ(device_word("kernels/cuda/runtime.cpp", "cudaMalloc(&p, 4);"), "");
  EXPECT_EQ(device_word("kernels/cuda/ptx.cuh", "asm volatile(\"\");"), "");
  EXPECT_EQ(device_word("kernels/cuda/ptx_hopper.cuh", "asm volatile(\"\");"), "");
  EXPECT_EQ(device_word("kernels/cuda/ptx_hopper.cuh", "k<<<1, 32>>>(x);"), "<<<");
  EXPECT_EQ(device_word("kernels/cpu/pool.cpp", "asm volatile(\"\");"), "");
}

// The house has one room per folder, and the root nothing else.
TEST(Architecture, TheRootHoldsTheRoomsAndLittleElse) {
  const std::set<std::string> expected = {
      "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE",          "run",  "apps", "bench", "core",
      "data",           "kernels",           "nn",        "notebooks-export", "tests"};
  const std::set<std::string> made = {"build", "runs"};  // by the build and by runs; git ignores them
  for (const fs::directory_entry& entry : fs::directory_iterator(MUECA_SOURCE_DIR)) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(name.starts_with(".") || name.starts_with("build-") || expected.contains(name) || made.contains(name) ||
                name == "CMakeUserPresets.json")
        << name;
  }
}

}  // namespace
}  // namespace mueca
