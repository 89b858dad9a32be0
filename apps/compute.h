// Where the networks of a command run, and how precisely: --device and --precision of every command that runs one. As
// the number of threads, it is the process's, and no part of what a run is: another device computes the same run.
#pragma once
#include <string>

#include "core/device.h"

namespace CLI {
class App;
}

namespace mueca {

struct ComputeFlags {
  std::string device;                 // empty: auto, without a word about it
  std::string precision = "float32";  // of networks on cuda and emulated: core/precision.h
};

void add_compute_flags(CLI::App& app, ComputeFlags& flags);

// Makes the choice for this process. auto is cuda where it can be used, else cpu; the reason is told on stderr when
// auto was asked for by name. Throws Error when the device cannot be used, UsageError when it is the CPU and another
// precision than its own was asked for.
void choose_compute(const ComputeFlags& flags);

Device compute_device();          // cpu until chosen
std::string compute_precision();  // "float32" on cpu

}  // namespace mueca
