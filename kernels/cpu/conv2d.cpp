// The dense convolution kernels: choose an algorithm by shape, and run it.
#include <algorithm>

#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/cpu/algorithms.h"
#include "kernels/cpu/conv2d_direct.h"
#include "kernels/cpu/conv2d_panels.h"
#include "kernels/cpu/conv2d_split.h"
#include "kernels/cpu/conv2d_split_batch.h"
#include "kernels/cpu/onednn.h"
#include "kernels/cpu/split_bf16.h"
#include "kernels/cpu/winograd.h"

namespace mueca::cpu {
namespace {

constexpr ConvAlgorithm kAlgorithms[] = {ConvAlgorithm::onednn,   ConvAlgorithm::split,  ConvAlgorithm::split_batch,
                                         ConvAlgorithm::winograd, ConvAlgorithm::panels, ConvAlgorithm::direct};
thread_local int t_forced = -1;  // index of ConvAlgorithm, or -1: choose by shape

ConvAlgorithm algorithm_for(ConvPass pass, const ConvShape& d) {
  const auto forced = static_cast<ConvAlgorithm>(t_forced);
  const ConvAlgorithm best = t_forced >= 0 && supports(forced, pass, d) ? forced : choose(pass, d);
  // oneDNN shares its work among the threads that it finds when a primitive is made: a part of a team would do a part.
  return best == ConvAlgorithm::onednn && omp_in_parallel() ? ConvAlgorithm::direct : best;
}

}  // namespace

std::string_view name_of(ConvAlgorithm algorithm) {
  switch (algorithm) {
    case ConvAlgorithm::direct:
      return "direct";
    case ConvAlgorithm::onednn:
      return "onednn";
    case ConvAlgorithm::split:
      return "split";
    case ConvAlgorithm::split_batch:
      return "split_batch";
    case ConvAlgorithm::winograd:
      return "winograd";
    case ConvAlgorithm::panels:
      return "panels";
  }
  return "?";
}

std::span<const ConvAlgorithm> conv_algorithms() { return kAlgorithms; }

bool supports(ConvAlgorithm algorithm, ConvPass pass, const ConvShape& d) {
  if (algorithm == ConvAlgorithm::direct) return true;
  if (algorithm == ConvAlgorithm::winograd) return winograd_supports(d);
  if (algorithm == ConvAlgorithm::panels) return pass == ConvPass::forward;
  if (algorithm == ConvAlgorithm::split_batch && pass == ConvPass::backward_weights) return false;
  if (algorithm == ConvAlgorithm::split || algorithm == ConvAlgorithm::split_batch)
    return has_amx() && d.n * d.h * d.w * d.c * d.p * d.q * d.k * d.r * d.s != 0;
  if (pass == ConvPass::forward) return onednn::supports_forward(d, false) && onednn::supports_forward(d, true);
  return pass == ConvPass::backward_data ? onednn::supports_backward_data(d) : onednn::supports_backward_weights(d);
}

ConvAlgorithm choose(ConvPass pass, const ConvShape& d) {
  // By shape alone; the figures are in bench/kernels_cpu.cpp's output. The split products and Winograd need some reuse
  // of what they pack: thin 1x1 filters, thin images and a filter's gradient over few pixels leave none.
  const std::int64_t thin = std::min(d.c, d.k), pixels = d.n * d.p * d.q;
  const bool wide =
      thin >= 160 && d.c * d.k >= 160 * 320 && d.stride == 1 && (pass != ConvPass::backward_data || d.k < d.c);
  const bool thick = d.r * d.s > 1 ? thin >= 32 : wide;
  if (thick && supports(ConvAlgorithm::split, pass, d)) {
    const bool small = d.r * d.s > 1 && d.n % 32 == 0 && d.p * d.q <= 64;
    return small && supports(ConvAlgorithm::split_batch, pass, d) ? ConvAlgorithm::split_batch : ConvAlgorithm::split;
  }
  const bool enough = pass != ConvPass::backward_weights || pixels >= 4096;
  if (thick && enough && winograd_supports(d)) return ConvAlgorithm::winograd;
  return supports(ConvAlgorithm::onednn, pass, d) ? ConvAlgorithm::onednn : ConvAlgorithm::direct;
}

ConvAlgorithm choose_packed(const ConvShape& d) {
  const auto forced = static_cast<ConvAlgorithm>(t_forced);
  const bool packs =
      forced == ConvAlgorithm::split || forced == ConvAlgorithm::winograd || forced == ConvAlgorithm::panels;
  if (t_forced >= 0 && packs && supports(forced, ConvPass::forward, d)) return forced;
  const std::int64_t thin = std::min(d.c, d.k), pixels = d.p * d.q;
  const bool thick = d.r * d.s > 1 && thin >= 32 && pixels >= 64;
  for (const ConvAlgorithm algorithm : {ConvAlgorithm::split, ConvAlgorithm::winograd})
    if (thick && supports(algorithm, ConvPass::forward, d)) return algorithm;
  return ConvAlgorithm::panels;
}

bool bounded_by_own_terms(ConvAlgorithm algorithm) { return algorithm != ConvAlgorithm::winograd; }

ForceConvAlgorithm::ForceConvAlgorithm(ConvAlgorithm algorithm) : before_(t_forced) {
  t_forced = static_cast<int>(algorithm);
}
ForceConvAlgorithm::~ForceConvAlgorithm() { t_forced = before_; }

void conv2d_forward(Stream&, In<4> x, In<4> w, In<1> b, Out<4> y, Conv2d g) {
  const ConvShape d = conv_shape(x, w, y, g);
  switch (algorithm_for(ConvPass::forward, d)) {
    case ConvAlgorithm::direct:
      return conv2d_direct_forward(d, x.data, w.data, b.data, y.data);
    case ConvAlgorithm::onednn:
      return onednn::conv2d_forward(d, x.data, w.data, b.data, y.data);
    case ConvAlgorithm::split:
      return conv2d_split_forward(d, x.data, w.data, b.data, y.data);
    case ConvAlgorithm::split_batch:
      return conv2d_split_batch_forward(d, x.data, w.data, b.data, y.data);
    case ConvAlgorithm::winograd:
      return conv2d_winograd_forward(d, x.data, w.data, b.data, y.data);
    case ConvAlgorithm::panels: {
      const Buffer packed(Device::cpu, static_cast<std::size_t>(panels_size(d.r * d.s * d.c, d.k)) * sizeof(float));
      auto* const panels = static_cast<float*>(packed.data());
      pack_panels(w.data, d.r * d.s * d.c, d.k, panels);
      return conv2d_panels_forward(d, x.data, panels, {.b = b.data}, y.data);
    }
  }
}

void conv2d_backward_data(Stream&, In<4> gy, In<4> w, Out<4> gx, Conv2d g) {
  const ConvShape d = conv_shape(gx, w, gy, g);
  switch (algorithm_for(ConvPass::backward_data, d)) {
    case ConvAlgorithm::direct:
    case ConvAlgorithm::panels:  // never: supports() knows no backward pass of it
      return conv2d_direct_backward_data(d, gy.data, w.data, gx.data);
    case ConvAlgorithm::onednn:
      return onednn::conv2d_backward_data(d, gy.data, w.data, gx.data);
    case ConvAlgorithm::split:
      return conv2d_split_backward_data(d, gy.data, w.data, gx.data);
    case ConvAlgorithm::split_batch:
      return conv2d_split_batch_backward_data(d, gy.data, w.data, gx.data);
    case ConvAlgorithm::winograd:
      return conv2d_winograd_backward_data(d, gy.data, w.data, gx.data);
  }
}

void conv2d_backward_weights(Stream&, In<4> x, In<4> gy, Out<4> gw, Conv2d g) {
  const ConvShape d = conv_shape(x, gw, gy, g);
  switch (algorithm_for(ConvPass::backward_weights, d)) {
    case ConvAlgorithm::direct:
    case ConvAlgorithm::panels:
      return conv2d_direct_backward_weights(d, x.data, gy.data, gw.data);
    case ConvAlgorithm::onednn:
      return onednn::conv2d_backward_weights(d, x.data, gy.data, gw.data);
    case ConvAlgorithm::split:
    case ConvAlgorithm::split_batch:
      return conv2d_split_backward_weights(d, x.data, gy.data, gw.data);
    case ConvAlgorithm::winograd:
      return conv2d_winograd_backward_weights(d, x.data, gy.data, gw.data);
  }
}

}  // namespace mueca::cpu
