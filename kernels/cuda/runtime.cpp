// core/gpu/api.h by CUDA's runtime: the only file that allocates, copies, waits and records there. Plain host code. An
// error is reported once: it is taken back from the runtime here, so that no later launch is blamed for it.
#include <cuda_runtime_api.h>

#include "core/gpu/api.h"

namespace mueca::gpu {
namespace {

int answer(cudaError_t error) {
  if (error != cudaSuccess) cudaGetLastError();
  return error;
}

cudaStream_t stream_of(void* stream) { return static_cast<cudaStream_t>(stream); }
cudaEvent_t event_of(void* event) { return static_cast<cudaEvent_t>(event); }

int driver_version(int* version) { return answer(cudaDriverGetVersion(version)); }
int runtime_version(int* version) { return answer(cudaRuntimeGetVersion(version)); }

int count(int* gpus) {
  *gpus = 0;
  const cudaError_t error = cudaGetDeviceCount(gpus);
  if (error != cudaErrorNoDevice) return answer(error);
  answer(error);
  *gpus = 0;
  return 0;
}

int properties(Properties* p) {
  cudaDeviceProp found;
  int khz = 0;
  if (const int error = answer(cudaGetDeviceProperties(&found, 0))) return error;
  if (const int error = answer(cudaDeviceGetAttribute(&khz, cudaDevAttrClockRate, 0))) return error;
  p->name = found.name;
  p->major = found.major, p->minor = found.minor;
  p->multiprocessors = found.multiProcessorCount;
  p->clock_mhz = khz / 1000;
  return answer(cudaMemGetInfo(&p->free_bytes, &p->total_bytes));
}

const char* text(int error) { return cudaGetErrorString(static_cast<cudaError_t>(error)); }

// A capture forbids what could wait for the device, and allocation is counted among it; this one waits for nothing
// that is being recorded. (CUDA runtime API, cudaThreadExchangeStreamCaptureMode.)
int allocate(void** at, std::size_t bytes) {
  cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
  if (const int error = answer(cudaThreadExchangeStreamCaptureMode(&mode))) return error;
  const int error = answer(cudaMalloc(at, bytes));
  cudaThreadExchangeStreamCaptureMode(&mode);
  return error;
}
int release(void* at) { return answer(cudaFree(at)); }
int allocate_pinned(void** at, std::size_t bytes) { return answer(cudaHostAlloc(at, bytes, cudaHostAllocDefault)); }

int create_stream(void** stream) {
  cudaStream_t made = nullptr;
  const int error = answer(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking));
  *stream = made;
  return error;
}

int copy(void* to, const void* from, std::size_t bytes, Way way, void* stream) {
  const cudaMemcpyKind kind = way == Way::to_device ? cudaMemcpyHostToDevice
                              : way == Way::to_host ? cudaMemcpyDeviceToHost
                                                    : cudaMemcpyDeviceToDevice;
  return answer(cudaMemcpyAsync(to, from, bytes, kind, stream_of(stream)));
}

int set(void* at, int byte, std::size_t bytes, void* stream) {
  return answer(cudaMemsetAsync(at, byte, bytes, stream_of(stream)));
}

int synchronize(void* stream) { return answer(cudaStreamSynchronize(stream_of(stream))); }

int create_event(void** event) {
  cudaEvent_t made = nullptr;
  const int error = answer(cudaEventCreateWithFlags(&made, cudaEventDisableTiming));
  *event = made;
  return error;
}

int record(void* event, void* stream) { return answer(cudaEventRecord(event_of(event), stream_of(stream))); }

int done(void* event, bool* done) {
  const cudaError_t error = cudaEventQuery(event_of(event));
  *done = error == cudaSuccess;
  answer(error);
  return error == cudaErrorNotReady ? 0 : error;
}

int wait(void* event) { return answer(cudaEventSynchronize(event_of(event))); }
int destroy_event(void* event) { return answer(cudaEventDestroy(event_of(event))); }

int begin_capture(void* stream) {
  return answer(cudaStreamBeginCapture(stream_of(stream), cudaStreamCaptureModeThreadLocal));
}

int end_capture(void* stream, void** graph) {
  cudaGraph_t recorded = nullptr;
  const int error = answer(cudaStreamEndCapture(stream_of(stream), &recorded));
  *graph = recorded;
  return error;
}

int instantiate(void** executable, void* graph) {
  cudaGraphExec_t made = nullptr;
  const int error = answer(cudaGraphInstantiateWithFlags(&made, static_cast<cudaGraph_t>(graph), 0));
  *executable = made;
  return error;
}

int destroy_graph(void* graph) { return answer(cudaGraphDestroy(static_cast<cudaGraph_t>(graph))); }
int launch(void* executable, void* stream) {
  return answer(cudaGraphLaunch(static_cast<cudaGraphExec_t>(executable), stream_of(stream)));
}
int destroy_executable(void* executable) {
  return answer(cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(executable)));
}

constexpr Api kCuda = {
    .driver_version = driver_version,
    .runtime_version = runtime_version,
    .count = count,
    .properties = properties,
    .text = text,
    .allocate = allocate,
    .free = release,
    .allocate_pinned = allocate_pinned,
    .create_stream = create_stream,
    .copy = copy,
    .set = set,
    .synchronize = synchronize,
    .create_event = create_event,
    .record = record,
    .done = done,
    .wait = wait,
    .destroy_event = destroy_event,
    .begin_capture = begin_capture,
    .end_capture = end_capture,
    .instantiate = instantiate,
    .destroy_graph = destroy_graph,
    .launch = launch,
    .destroy_executable = destroy_executable,
};

}  // namespace

const Api* cuda_api() { return &kCuda; }

}  // namespace mueca::gpu
