#include "apps/compute.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "apps/command.h"
#include "core/gpu.h"
#include "core/precision.h"

namespace mueca {
namespace {

Device g_device = Device::cpu;

Device device_of(const std::string& name) {
  if (!name.empty() && name != "auto") {
    const Device device = parse_device(name);
    check(device != Device::cuda || has_device(device), "--device cuda: ", why_no_cuda());
    return device;
  }
  if (has_device(Device::cuda)) return Device::cuda;
  if (!name.empty()) std::cerr << "device: cpu; cuda cannot be used: " << why_no_cuda() << "\n";
  return Device::cpu;
}

}  // namespace

void add_compute_flags(CLI::App& app, ComputeFlags& flags) {
  app.add_option(
         "--device", flags.device,
         "cpu; cuda; emulated: CUDA's kernels on the CPU, slow; auto: cuda where it can be used, else cpu (auto)")
      ->check(CLI::IsMember({"cpu", "cuda", "emulated", "auto"}));
  app.add_option("--precision", flags.precision,
                 "On cuda and emulated: float32; tf32: products round their operands; bf16: activations are stored in it")
      ->check(CLI::IsMember({"float32", "tf32", "bf16"}))
      ->capture_default_str();
}

void choose_compute(const ComputeFlags& flags) {
  const Device device = device_of(flags.device);
  const Precision precision = parse_precision(flags.precision);
  if (device == Device::cpu && precision != Precision::float32)
    throw UsageError(str("--precision ", flags.precision, ": the CPU always computes in float32; give --device cuda"));
  g_device = device;
  set_precision(precision);
}

Device compute_device() { return g_device; }

std::string compute_precision() {
  return std::string(name_of(g_device == Device::cpu ? Precision::float32 : precision()));
}

}  // namespace mueca
