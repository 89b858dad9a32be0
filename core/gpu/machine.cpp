// Whether there is a GPU, and each thread's lane on it.
#include "core/gpu/machine.h"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <utility>

#include "core/error.h"

namespace mueca {
namespace gpu {
namespace {

std::atomic<Machine*> g_replaced{nullptr};  // by a MachineScope
std::atomic<unsigned> g_machines{0};

std::string version_text(int version) { return str(version / 1000, ".", version % 1000 / 10); }

GpuInfo describe(const Properties& p, int driver, int runtime) {
  return {p.name,
          str(p.major, ".", p.minor),
          version_text(driver),
          version_text(runtime),
          p.multiprocessors,
          p.clock_mhz,
          p.free_bytes,
          p.total_bytes};
}

// Why there is no GPU to use, or empty, with `info` filled in.
std::string find_gpu(const Api* api, GpuInfo& info) {
  if (!api) return "this build has no CUDA kernels: configure with -DMUECA_CUDA=ON where a CUDA toolkit is installed";
  int driver = 0, runtime = 0, count = 0;
  api->runtime_version(&runtime);
  api->driver_version(&driver);
  if (driver == 0)
    return str("no NVIDIA driver is installed, or it does not run (this build's CUDA runtime is ",
               version_text(runtime), ")");
  if (const int error = api->count(&count)) {
    if (driver < runtime)
      return str("the NVIDIA driver knows CUDA up to ", version_text(driver), ", this build's runtime is ",
                 version_text(runtime), ": install a newer driver");
    return str("the NVIDIA driver (CUDA ", version_text(driver), ") says: ", api->text(error));
  }
  if (count == 0) {
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    return str("the NVIDIA driver (CUDA ", version_text(driver), ") sees no GPU",
               visible ? str(" (CUDA_VISIBLE_DEVICES is '", visible, "')") : "");
  }
  Properties p;
  if (const int error = api->properties(&p)) return str("the GPU cannot be asked: ", api->text(error));
  info = describe(p, driver, runtime);
  if (p.major < 8)
    return str("GPU ", p.name, " has compute capability ", info.compute_capability,
               ", the kernels need 8.0 (Ampere) or newer");
  return "";
}

// This thread's lane and the machine it belongs to. Without a destructor, as buffers of other thread-local and static
// objects may die later than the one that gives the lane back.
thread_local Lane* t_lane = nullptr;
thread_local unsigned t_machine = 0;

struct LaneReturn {
  ~LaneReturn() {
    if (Lane* mine = lane_if_any()) {
      Machine& m = machine();
      std::lock_guard lock(m.mutex);
      m.idle.push_back(mine);
    }
    t_lane = nullptr;
  }
};

}  // namespace

Machine::Machine(const Api* a) : number(++g_machines), api(a), why_not(find_gpu(a, info)) {}

void Machine::check_answer(int error, const char* doing) const {
  check(error == 0, "cuda: cannot ", doing, ": ", error ? api->text(error) : "");
}

Machine& machine() {
  if (Machine* m = g_replaced) return *m;
  static Machine& process = *std::make_unique<Machine>(cuda_api()).release();  // buffers may outlive main
  return process;
}

Lane* lane_if_any() { return t_lane && t_machine == machine().number ? t_lane : nullptr; }

Lane& lane() {
  if (Lane* mine = lane_if_any()) return *mine;
  Machine& m = machine();
  check(m.why_not.empty(), "device: cuda cannot be used: ", m.why_not);
  [[maybe_unused]] static thread_local LaneReturn at_the_end;
  std::lock_guard lock(m.mutex);
  if (!m.idle.empty()) {
    t_lane = m.idle.back();
    m.idle.pop_back();
  } else {
    void* stream = nullptr;
    m.check_answer(m.api->create_stream(&stream), "make a stream");
    t_lane = &m.lanes.emplace_back();
    t_lane->stream.handle = stream;
    t_lane->general.lane = t_lane;
  }
  t_machine = m.number;
  return *t_lane;
}

MachineScope::MachineScope(const Api& api) : here_(&api), before_(g_replaced.exchange(&here_)) {}
MachineScope::~MachineScope() { g_replaced = before_; }

#ifndef MUECA_HAVE_CUDA
const Api* cuda_api() { return nullptr; }
#endif

}  // namespace gpu

const std::string& why_no_cuda() { return gpu::machine().why_not; }

GpuInfo gpu_info() {
  const gpu::Machine& m = gpu::machine();
  check(m.why_not.empty(), m.why_not);
  GpuInfo info = m.info;
  gpu::Properties now;
  m.check_answer(m.api->properties(&now), "ask the GPU for its memory");
  info.free_bytes = now.free_bytes, info.total_bytes = now.total_bytes;
  return info;
}

bool cuda_compiled_in() { return gpu::cuda_api() != nullptr; }

}  // namespace mueca
