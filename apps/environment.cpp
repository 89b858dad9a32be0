#include "apps/environment.h"

#include <sys/resource.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "apps/build_info.h"
#include "apps/compute.h"
#include "core/parallel.h"

namespace mueca {
namespace {

// Variables that change speed or numbers. An allow-list: tokens and keys live in the others.
constexpr const char* kVariables[] = {"OMP_NUM_THREADS",      "OMP_PROC_BIND",    "OMP_PLACES", "GOMP_CPU_AFFINITY",
                                      "ONEDNN_MAX_CPU_ISA",   "DNNL_MAX_CPU_ISA", "LD_PRELOAD", "MALLOC_ARENA_MAX",
                                      "CUDA_VISIBLE_DEVICES", "GLIBC_TUNABLES"};

}  // namespace

std::string environment_json(const std::string& data_sha256, const std::string& data_provenance) {
  using nlohmann::ordered_json;
  const BuildInfo build = build_info();
  const MachineInfo machine = machine_info();
  ordered_json variables = ordered_json::object();
  for (const char* name : kVariables)
    if (const char* value = std::getenv(name)) variables[name] = value;
  const ordered_json env = {
      {"mueca", {{"version", build.version}, {"commit", build.commit}}},
      {"build",
       {{"compiler", build.compiler},
        {"type", build.build_type},
        {"flags", build.flags},
        {"instructions", build.instructions},
        {"sanitizers", build.sanitized}}},
      {"libraries", {{"onednn", build.onednn}, {"hdf5", build.hdf5}, {"opencv", build.opencv}, {"cairo", build.cairo}}},
      {"machine",
       {{"host", machine.host},
        {"system", machine.system},
        {"cpu", machine.cpu},
        {"cores", machine.cores},
        {"instructions", machine.instructions},
        {"memory_gib", machine.memory_gib}}},
      {"device", name_of(compute_device())},
      {"precision", compute_precision()},
      {"threads", thread_count()},
      {"deterministic", "bit for bit with the same build, device and number of threads"},
      {"data", {{"sha256", data_sha256}, {"provenance", data_provenance}}},
      {"variables", variables}};
  return env.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

double peak_memory_gib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0);  // Linux counts in KiB
}

}  // namespace mueca
