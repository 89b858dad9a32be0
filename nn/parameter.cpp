#include "nn/parameter.h"

#include "core/kernels.h"

namespace mueca {
namespace {

constexpr Index kAlign = 16;  // floats: 64 bytes, a cache line and a vector register

Index padded(Index n) { return (n + kAlign - 1) / kAlign * kAlign; }

}  // namespace

Parameter* ParameterSet::add(std::string name, const Tensor& value, bool trainable, bool decay) {
  check(!flat_.defined(), "parameter ", name, ": added after flatten()");
  check(find(name) == nullptr, "parameter ", name, ": the name is taken");
  parameters_.push_back({std::move(name), value.to(device_), trainable, decay});
  return &parameters_.back();
}

Parameter* ParameterSet::find(std::string_view name) {
  for (Parameter& p : parameters_)
    if (p.name == name) return &p;
  return nullptr;
}

const Parameter* ParameterSet::find(std::string_view name) const { return const_cast<ParameterSet*>(this)->find(name); }

Index ParameterSet::value_count() const {
  Index count = 0;
  for (const Parameter& p : parameters_) count += p.value.size();
  return count;
}

Index ParameterSet::trainable_count() const {
  Index count = 0;
  for (const Parameter& p : parameters_) count += p.trainable ? p.value.size() : 0;
  return count;
}

void ParameterSet::flatten() {
  check(!flat_.defined(), "parameters: already flat");
  Index total = 0;
  for (const Parameter& p : parameters_) total += padded(p.value.size());
  flat_ = Tensor::full({total}, 0.0f, device_);
  Index at = 0;
  const auto take = [&](bool trainable, bool decay) {
    for (Parameter& p : parameters_) {
      if (p.trainable != trainable || (trainable && p.decay != decay)) continue;
      const Tensor place = flat_.slice(at, p.value.size(), p.value.shape());
      place.copy_from(p.value);
      p.value = trainable ? variable(place) : place;
      at += padded(p.value.size());
    }
    return at;
  };
  decayed_ = take(true, true);
  trainable_ = take(true, false);
  take(false, false);
}

Tensor ParameterSet::gather_gradients() {
  Tensor gradient({trainable_}, DType::f32, device_);
  kernels(device_).fill(stream_of(device_), gradient.view<float, 1>(), 0.0f);  // the gaps, and leaves without gradient
  Pieces pieces;
  std::vector<Tensor> held;  // until the kernel is called
  const auto put = [&] {
    if (pieces.used) kernels(device_).gather(stream_of(device_), pieces, gradient.view<float, 1>());
    pieces = {}, held.clear();
  };
  Index at = 0;
  const auto take = [&](bool decay) {
    for (const Parameter& p : parameters_) {
      if (!p.trainable || p.decay != decay) continue;
      if (const Tensor g = grad_of(p.value); g.defined()) {
        pieces.from[pieces.used] = g.view<const float, 1>().data;
        pieces.to[pieces.used] = at, pieces.count[pieces.used] = g.size();
        held.push_back(g);
        if (++pieces.used == Pieces::kMost) put();
      }
      clear_grad(p.value);
      at += padded(p.value.size());
    }
  };
  take(true);
  take(false);
  put();
  return gradient;
}

}  // namespace mueca
