#include "kernels/cpu/onednn.h"

#include <dnnl.hpp>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "core/error.h"
#include "core/memory.h"
#include "core/parallel.h"

namespace mueca::cpu::onednn {
namespace {

using dnnl::memory;
using tag = memory::format_tag;
enum class Pass { forward, forward_bias, backward_data, backward_weights };

const dnnl::engine& engine() {
  static const dnnl::engine e(dnnl::engine::kind::cpu, 0);
  return e;
}

dnnl::stream& stream() {
  thread_local dnnl::stream s(engine());
  return s;
}

// A compiled convolution, with the reorder of its filter between HWIO and the layout that the library chose.
struct Plan {
  dnnl::primitive conv;     // empty: not supported
  dnnl::reorder w_reorder;  // forward and backward data: HWIO -> chosen; backward weights: chosen -> HWIO
  memory::desc x, w, w_hwio, y, b, scratch, w_scratch;
  bool needs_reorder = false;
};

struct Key {
  Pass pass;
  ConvShape shape;
  int threads;  // the library fixes its split of the work when it compiles
  bool operator==(const Key&) const = default;
};
struct KeyHash {
  std::size_t operator()(const Key& key) const {
    const ConvShape& d = key.shape;
    std::size_t h = static_cast<std::size_t>(key.pass) * 31 + static_cast<std::size_t>(key.threads);
    for (auto v : {d.n, d.h, d.w, d.c, d.p, d.q, d.k, d.r, d.s, d.stride, d.top, d.left, d.bottom, d.right})
      h = (h ^ static_cast<std::size_t>(v)) * 0x9E3779B97F4A7C15ull;
    return h;
  }
};

// The geometry in the library's terms.
struct Geometry {
  memory::dims strides, before, after;
  memory::desc x, w, b, y;  // w in the layout the library likes
};

Geometry geometry(const ConvShape& d, bool bias) {
  const auto f32 = memory::data_type::f32;
  Geometry g{{d.stride, d.stride}, {d.top, d.left}, {d.bottom, d.right}, {}, {}, {}, {}};
  g.x = memory::desc({d.n, d.c, d.h, d.w}, f32, tag::nhwc);
  g.w = memory::desc({d.k, d.c, d.r, d.s}, f32, tag::any);
  if (bias) g.b = memory::desc({d.k}, f32, tag::a);
  g.y = memory::desc({d.n, d.k, d.p, d.q}, f32, tag::nhwc);
  return g;
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

// The constructors of descriptors are what changed between 2.x and 3.x.
#if DNNL_VERSION_MAJOR >= 3
dnnl::convolution_forward::primitive_desc describe_forward(const Geometry& g) {
  return {engine(),
          dnnl::prop_kind::forward_training,
          dnnl::algorithm::convolution_direct,
          g.x,
          g.w,
          g.b,
          g.y,
          g.strides,
          g.before,
          g.after,
          attributes()};
}
dnnl::convolution_backward_data::primitive_desc describe_backward_data(const Geometry& g) {
  return {engine(),
          dnnl::algorithm::convolution_direct,
          g.x,
          g.w,
          g.y,
          g.strides,
          g.before,
          g.after,
          describe_forward(g),
          attributes()};
}
dnnl::convolution_backward_weights::primitive_desc describe_backward_weights(const Geometry& g) {
  return {engine(),
          dnnl::algorithm::convolution_direct,
          g.x,
          g.w,
          memory::desc(),
          g.y,
          g.strides,
          g.before,
          g.after,
          describe_forward(g),
          attributes()};
}
#else
dnnl::convolution_forward::primitive_desc describe_forward(const Geometry& g) {
  const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct,
                                             g.x, g.w, g.b, g.y, g.strides, g.before, g.after);
  return {desc, attributes(), engine()};
}
dnnl::convolution_backward_data::primitive_desc describe_backward_data(const Geometry& g) {
  const dnnl::convolution_backward_data::desc desc(dnnl::algorithm::convolution_direct, g.x, g.w, g.y, g.strides,
                                                   g.before, g.after);
  return {desc, attributes(), engine(), describe_forward(g)};
}
dnnl::convolution_backward_weights::primitive_desc describe_backward_weights(const Geometry& g) {
  const dnnl::convolution_backward_weights::desc desc(dnnl::algorithm::convolution_direct, g.x, g.w, g.y, g.strides,
                                                      g.before, g.after);
  return {desc, attributes(), engine(), describe_forward(g)};
}
#endif

// `ref` and `gemm` implementations are slower than our own loops would be.
template <class Description>
bool is_compiled(const Description& pd) {
  const std::string name = pd.impl_info_str();
  return name.find("ref") == std::string::npos && name.find("gemm") == std::string::npos;
}

Plan make_plan(Pass pass, const ConvShape& d) {
  Plan plan;
  if (d.n * d.p * d.q * d.c * d.k * d.r * d.s * d.h * d.w == 0) return plan;
  const Geometry g = geometry(d, pass == Pass::forward_bias);
  plan.x = g.x, plan.y = g.y, plan.b = g.b;
  plan.w_hwio = memory::desc({d.k, d.c, d.r, d.s}, memory::data_type::f32, tag::hwio);
  const auto finish = [&](const auto& pd, const memory::desc& w, auto primitive) {
    if (!is_compiled(pd)) return;
    plan.w = w;
    plan.scratch = pd.scratchpad_desc();
    plan.needs_reorder = w != plan.w_hwio;
    if (plan.needs_reorder) {
      const bool out = pass == Pass::backward_weights;
      const dnnl::reorder::primitive_desc rd(engine(), out ? w : plan.w_hwio, engine(), out ? plan.w_hwio : w,
                                             attributes());
      plan.w_scratch = rd.scratchpad_desc();
      plan.w_reorder = dnnl::reorder(rd);
    }
    plan.conv = primitive;
  };
  try {
    if (pass == Pass::backward_data) {
      const auto pd = describe_backward_data(g);
      finish(pd, pd.weights_desc(), dnnl::convolution_backward_data(pd));
    } else if (pass == Pass::backward_weights) {
      const auto pd = describe_backward_weights(g);
      finish(pd, pd.diff_weights_desc(), dnnl::convolution_backward_weights(pd));
    } else {
      const auto pd = describe_forward(g);
      finish(pd, pd.weights_desc(), dnnl::convolution_forward(pd));
    }
  } catch (const dnnl::error&) {
    plan.conv = {};  // the library refuses the geometry (padding as large as the filter ...)
  }
  return plan;
}

// Compiled plans are kept: a network has some dozens of shapes, and the first call of each costs milliseconds.
std::shared_ptr<const Plan> plan_for(Pass pass, const ConvShape& shape) {
  constexpr std::size_t kMost = 512;
  static std::mutex mutex;
  static std::unordered_map<Key, std::shared_ptr<const Plan>, KeyHash> plans;
  const Key key{pass, shape, thread_count()};
  std::lock_guard lock(mutex);
  if (const auto it = plans.find(key); it != plans.end()) return it->second;
  if (plans.size() >= kMost) plans.clear();
  return plans[key] = std::make_shared<const Plan>(make_plan(pass, shape));
}

memory wrap(const memory::desc& desc, const void* data) { return {desc, engine(), const_cast<void*>(data)}; }

void run_reorder(const Plan& plan, const memory& from, const memory& to) {
  const Buffer scratch(Device::cpu, plan.w_scratch.get_size());
  plan.w_reorder.execute(
      stream(),
      {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}, {DNNL_ARG_SCRATCHPAD, wrap(plan.w_scratch, scratch.data())}});
}

// Runs a plan whose filter is an input.
void run_with_weights(const Plan& plan, const float* w, std::unordered_map<int, memory> args) {
  const Buffer reordered(Device::cpu, plan.needs_reorder ? plan.w.get_size() : 0);
  const Buffer scratch(Device::cpu, plan.scratch.get_size());
  const memory chosen = wrap(plan.w, plan.needs_reorder ? reordered.data() : w);
  if (plan.needs_reorder) run_reorder(plan, wrap(plan.w_hwio, w), chosen);
  args.insert({DNNL_ARG_WEIGHTS, chosen});
  args.insert({DNNL_ARG_SCRATCHPAD, wrap(plan.scratch, scratch.data())});
  plan.conv.execute(stream(), args);
  stream().wait();
}

}  // namespace

bool supports_forward(const ConvShape& d, bool bias) {
  return static_cast<bool>(plan_for(bias ? Pass::forward_bias : Pass::forward, d)->conv);
}
bool supports_backward_data(const ConvShape& d) { return static_cast<bool>(plan_for(Pass::backward_data, d)->conv); }
bool supports_backward_weights(const ConvShape& d) {
  return static_cast<bool>(plan_for(Pass::backward_weights, d)->conv);
}

void conv2d_forward(const ConvShape& d, const float* x, const float* w, const float* b, float* y) {
  const auto plan = plan_for(b ? Pass::forward_bias : Pass::forward, d);
  std::unordered_map<int, memory> args{{DNNL_ARG_SRC, wrap(plan->x, x)}, {DNNL_ARG_DST, wrap(plan->y, y)}};
  if (b) args.insert({DNNL_ARG_BIAS, wrap(plan->b, b)});
  run_with_weights(*plan, w, std::move(args));
}

void conv2d_backward_data(const ConvShape& d, const float* gy, const float* w, float* gx) {
  const auto plan = plan_for(Pass::backward_data, d);
  run_with_weights(*plan, w, {{DNNL_ARG_DIFF_DST, wrap(plan->y, gy)}, {DNNL_ARG_DIFF_SRC, wrap(plan->x, gx)}});
}

void conv2d_backward_weights(const ConvShape& d, const float* x, const float* gy, float* gw) {
  const auto plan = plan_for(Pass::backward_weights, d);
  const Buffer blocked(Device::cpu, plan->needs_reorder ? plan->w.get_size() : 0);
  const Buffer scratch(Device::cpu, plan->scratch.get_size());
  const memory chosen = wrap(plan->w, plan->needs_reorder ? blocked.data() : gw);
  plan->conv.execute(stream(), {{DNNL_ARG_SRC, wrap(plan->x, x)},
                                {DNNL_ARG_DIFF_DST, wrap(plan->y, gy)},
                                {DNNL_ARG_DIFF_WEIGHTS, chosen},
                                {DNNL_ARG_SCRATCHPAD, wrap(plan->scratch, scratch.data())}});
  if (plan->needs_reorder) run_reorder(*plan, chosen, wrap(plan->w_hwio, gw));
  stream().wait();
}

void sgemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
           const float* b, float beta, float* c) {
  const auto status = dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1.0f, a,
                                 transpose_a ? m : k, b, transpose_b ? k : n, beta, c, n);
  check(status == dnnl_success, "sgemm: oneDNN failed with status ", static_cast<int>(status));
}

}  // namespace mueca::cpu::onednn
