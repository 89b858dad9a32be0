// What is known of this build when it is compiled: the same facts for `--version`, `doctor` and each run's env.json.
#pragma once
#include <string>

namespace mueca {

struct BuildInfo {
  std::string version;       // of the project
  std::string commit;        // of git, with "-dirty" when files differed from it
  std::string compiler;      // "GCC 12.2.0"
  std::string build_type;    // "Release"
  std::string flags;         // compiler flags of that build type
  std::string instructions;  // widest instruction set that the compiler was allowed to use
  std::string opencv;        // version, or empty without OpenCV
  std::string hdf5, onednn, cairo;
  bool cuda = false;       // CUDA kernels are compiled in
  bool sanitized = false;  // AddressSanitizer: correct, but slow
  bool optimized = false;
};

BuildInfo build_info();

struct MachineInfo {
  std::string host, system;  // "Linux 6.1.0 x86_64"
  std::string cpu;           // model name, empty where the system does not tell
  int cores = 1;             // that this process may use
  std::string instructions;  // widest that the CPU offers: "AVX-512", "AVX2", "SSE2"
  double memory_gib = 0, memory_free_gib = 0;
};

MachineInfo machine_info();

}  // namespace mueca
