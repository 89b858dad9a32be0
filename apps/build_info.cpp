#include "apps/build_info.h"

#include <H5public.h>
#include <cairo.h>
#include <oneapi/dnnl/dnnl.h>
#include <sched.h>
#include <sys/utsname.h>

#include <fstream>
#include <sstream>

#include "core/device.h"
#include "core/error.h"
#include "mueca_commit.h"

namespace mueca {
namespace {

std::string compiled_instructions() {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__)
  return "AVX2";
#elif defined(__AVX__)
  return "AVX";
#elif defined(__SSE2__)
  return "SSE2";
#else
  return "generic";
#endif
}

std::string offered_instructions() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return "AVX-512";
  if (__builtin_cpu_supports("avx2")) return "AVX2";
  if (__builtin_cpu_supports("avx")) return "AVX";
  return "SSE2";
#else
  return "generic";
#endif
}

// The value of the first line "key<spaces>: value" of a file under /proc; empty when there is none.
std::string proc_value(const char* file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

double gib_of(const std::string& kilobytes) {
  std::istringstream in(kilobytes);
  double value = 0;
  in >> value;
  return value / (1024.0 * 1024.0);
}

}  // namespace

BuildInfo build_info() {
  BuildInfo info;
  info.version = MUECA_VERSION;
  info.commit = MUECA_COMMIT;
#if defined(__clang__)
  info.compiler = str("Clang ", __clang_major__, ".", __clang_minor__, ".", __clang_patchlevel__);
#else
  info.compiler = str("GCC ", __GNUC__, ".", __GNUC_MINOR__, ".", __GNUC_PATCHLEVEL__);
#endif
  info.build_type = MUECA_BUILD_TYPE;
  info.flags = MUECA_CXX_FLAGS;
  info.instructions = compiled_instructions();
  info.opencv = MUECA_OPENCV;
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  info.hdf5 = str(major, ".", minor, ".", release);
  const dnnl_version_t* onednn = dnnl_version();
  info.onednn = str(onednn->major, ".", onednn->minor, ".", onednn->patch);
  info.cairo = cairo_version_string();
#ifdef MUECA_HAVE_CUDA
  info.cuda = true;
#endif
#ifdef __SANITIZE_ADDRESS__
  info.sanitized = true;
#endif
#ifdef __OPTIMIZE__
  info.optimized = true;
#endif
  return info;
}

MachineInfo machine_info() {
  MachineInfo info;
  utsname names{};
  if (uname(&names) == 0) {
    info.host = names.nodename;
    info.system = str(names.sysname, " ", names.release, " ", names.machine);
  }
  info.cpu = proc_value("/proc/cpuinfo", "model name");
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) info.cores = CPU_COUNT(&set);
  info.instructions = offered_instructions();
  info.memory_gib = gib_of(proc_value("/proc/meminfo", "MemTotal"));
  info.memory_free_gib = gib_of(proc_value("/proc/meminfo", "MemAvailable"));
  return info;
}

}  // namespace mueca
