#include "bench/cuda/cudnn_plans.h"

#ifdef MUECA_CUDNN
#include <algorithm>
#include <set>

#include "core/error.h"

namespace mueca::bench {
namespace {

// The descriptors that an attribute holds, at most `room`; cuDNN fills descriptors that the caller has made.
std::vector<Descriptor> descriptors_in(const Descriptor& from, cudnnBackendAttributeName_t name,
                                       cudnnBackendDescriptorType_t type, std::int64_t room) {
  std::vector<Descriptor> made;
  std::vector<cudnnBackendDescriptor_t> raws;
  for (std::int64_t i = 0; i < room; ++i) {
    made.emplace_back(from.cudnn(), type);
    raws.push_back(made.back().raw());
  }
  const std::int64_t given = room ? from.get(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, room, raws.data()) : 0;
  made.resize(static_cast<std::size_t>(std::min(given, room)));
  return made;
}

EngineConfig describe(Descriptor config, cudnnBackendHeurMode_t mode) {
  EngineConfig e{std::move(config), 0, "", {}, mode};
  const auto engines = descriptors_in(e.config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, 1);
  if (!engines.empty()) {
    e.engine = engines[0].get_int(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, -1);
    cudnnBackendNumericalNote_t notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
    const std::int64_t count = engines[0].get(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                                              CUDNN_NUMERICAL_NOTE_TYPE_COUNT, notes);
    e.notes.assign(notes, notes + count);
  }
  for (const Descriptor& k : descriptors_in(e.config, CUDNN_ATTR_ENGINECFG_KNOB_CHOICES,
                                            CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_KNOB_TYPE_COUNTS)) {
    cudnnBackendKnobType_t type{};
    k.get(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1, &type);
    e.knobs +=
        str(e.knobs.empty() ? "" : " ", "k", static_cast<int>(type), "=", k.get_int(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE));
  }
  return e;
}

}  // namespace

std::vector<EngineConfig> propose(const GraphTarget& target, const Descriptor& graph) {
  std::vector<EngineConfig> all;
  std::set<std::string> seen;
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_B, CUDNN_HEUR_MODE_FALLBACK}) {
    Descriptor heuristic(*target.cudnn, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    heuristic.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
    heuristic.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
    if (!target.handle) heuristic.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, target.properties);
    if (!heuristic.try_finalise()) continue;
    const std::int64_t count = heuristic.get(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, nullptr);
    for (Descriptor& d :
         descriptors_in(heuristic, CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, count)) {
      EngineConfig e = describe(std::move(d), mode);
      if (seen.insert(str(e.engine, " ", e.knobs)).second) all.push_back(std::move(e));
    }
  }
  return all;
}

bool allowed(const EngineConfig& config, Math math) {
  const auto has = [&](cudnnBackendNumericalNote_t note) { return std::ranges::count(config.notes, note) > 0; };
  const bool narrows = has(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS);
  return math == Math::bf16 || (!narrows && (math == Math::tf32 || !has(CUDNN_NUMERICAL_NOTE_TENSOR_CORE)));
}

std::vector<EnginePlan> build_plans(const GraphTarget& target, const std::vector<EngineConfig>& configs, Math math,
                                    std::int64_t most_workspace, std::size_t most) {
  std::vector<EnginePlan> plans;
  for (const EngineConfig& c : configs) {
    if (!allowed(c, math) || (most && plans.size() >= most)) continue;
    Descriptor plan(*target.cudnn, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    if (target.handle)
      plan.set(static_cast<cudnnBackendAttributeName_t>(400), CUDNN_TYPE_HANDLE, 1, &target.handle);
    else
      plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, target.properties);
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, c.config);
    if (!plan.try_finalise()) continue;
    const std::int64_t workspace = plan.get_int(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
    if (workspace > most_workspace) continue;
    plans.push_back({std::move(plan),
                     str("engine ", c.engine, c.knobs.empty() ? "" : " (", c.knobs, c.knobs.empty() ? "" : ")"),
                     workspace, plans.empty()});
  }
  return plans;
}

}  // namespace mueca::bench
#endif
