#include "core/device.h"

#include "core/error.h"
#include "core/gpu/machine.h"

namespace mueca {

std::string_view name_of(Device device) {
  switch (device) {
    case Device::cpu:
      return "cpu";
    case Device::cuda:
      return "cuda";
    case Device::emulated:
      return "emulated";
  }
  return "?";
}

Device parse_device(std::string_view name) {
  for (Device device : {Device::cpu, Device::cuda, Device::emulated})
    if (name == name_of(device)) return device;
  throw Error(str("device: expected cpu, cuda or emulated, got '", name, "'"));
}

bool has_device(Device device) {
  if (device == Device::cuda) return why_no_cuda().empty();
  return device == Device::cpu || device == Device::emulated;
}

Stream& stream_of(Device device) {
  if (device == Device::cuda) return gpu::lane().stream;
  check(has_device(device), "device: ", name_of(device), " is not in this build");
  static thread_local Stream cpu, emulated{Device::emulated};
  return device == Device::cpu ? cpu : emulated;
}

void synchronize(Device device) {
  if (device == Device::cuda) gpu::synchronize();
}

}  // namespace mueca
