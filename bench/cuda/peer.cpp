#include "bench/cuda/peer.h"

#include "core/error.h"

namespace mueca::bench {

DeviceTensors::DeviceTensors(Gpu& gpu, const HostTensors& host, const Format& format, int sets)
    : gpu_(gpu), host_(host), format_(format), sets_(static_cast<std::size_t>(sets)) {
  for (const HostTensor& t : host) {
    std::vector<std::byte> bytes = t.spec.kind == Kind::raw ? t.bytes : std::vector<std::byte>();
    if (t.spec.kind != Kind::raw && t.spec.role != Role::output) bytes = to_format(t.spec, t.values, format);
    const std::size_t size = t.spec.kind == Kind::raw ? t.bytes.size() : bytes_in(t.spec, format);
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      memory_.push_back(gpu.allocate(size));
      sets_[i].push_back(memory_.back().get());
      if (t.spec.role == Role::output)
        gpu.poison(memory_.back().get(), size);
      else if (i == 0)
        gpu.upload(memory_.back().get(), bytes.data(), size);
      else
        gpu.copy(memory_.back().get(), sets_[0].back(), size);
    }
  }
  gpu.finish();
}

void DeviceTensors::poison_outputs() {
  for (std::size_t i = 0; i < host_.size(); ++i) {
    const TensorSpec& spec = host_[i].spec;
    if (spec.role == Role::output) gpu_.poison(sets_[0][i], bytes_in(spec, format_));
    if (spec.role != Role::in_place) continue;
    const auto bytes = to_format(spec, host_[i].values, format_);
    gpu_.upload(sets_[0][i], bytes.data(), bytes.size());
  }
}

std::vector<std::vector<float>> DeviceTensors::outputs() const {
  std::vector<std::vector<float>> all(host_.size());
  gpu_.finish();
  for (std::size_t i = 0; i < host_.size(); ++i) {
    const TensorSpec& spec = host_[i].spec;
    if (spec.role == Role::input) continue;
    std::vector<std::byte> bytes(bytes_in(spec, format_));
    gpu_.download(bytes.data(), sets_[0][i], bytes.size());
    all[i] = from_format(spec, bytes, format_);
  }
  return all;
}

int sets_for(std::size_t bytes, std::size_t cache_bytes) {
  const std::size_t needed = bytes ? 2 * cache_bytes / bytes + 1 : 3;
  return static_cast<int>(std::min<std::size_t>(std::max<std::size_t>(needed, 3), 64));
}

DeviceTensors& PeerContext::tensors(const Format& format) {
  const int key =
      static_cast<int>(format.filters) * 4 + static_cast<int>(format.order) * 2 + static_cast<int>(format.store);
  auto& found = cache[key];
  if (!found) found = std::make_shared<DeviceTensors>(gpu, host, format, protocol.sets);
  return *found;
}

std::size_t PeerContext::at(const std::string& name) const {
  for (std::size_t i = 0; i < host.size(); ++i)
    if (host[i].spec.name == name) return i;
  throw Error(str("peer: the job has no tensor '", name, "'"));
}

}  // namespace mueca::bench
