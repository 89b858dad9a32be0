// What core asks of a GPU's runtime, as one table of functions: kernels/cuda/runtime.cpp fills it with CUDA's, tests
// with a GPU of their own that keeps its memory on the host, writes down every call and fails where it is told to.
#pragma once
#include <cstddef>
#include <string>

namespace mueca::gpu {

// Versions are CUDA's: 1000 * major + 10 * minor.
struct Properties {
  std::string name;                             // "NVIDIA H200"
  int major = 0, minor = 0;                     // compute capability
  int multiprocessors = 0, clock_mhz = 0;       // the highest clock
  std::size_t free_bytes = 0, total_bytes = 0;  // of its memory, at the time of asking
};

enum class Way { to_device, to_host, on_device };

// All work on the first GPU that the process sees (CUDA_VISIBLE_DEVICES chooses which). Each function that returns an
// int returns 0 or an error that `text` puts into words; a stream, event, graph or executable is a void*.
struct Api {
  int (*driver_version)(int* version);  // 0: no driver; error 0 all the same
  int (*runtime_version)(int* version);
  int (*count)(int* gpus);
  int (*properties)(Properties* of_first);
  const char* (*text)(int error);

  int (*allocate)(void** at, std::size_t bytes);  // 256-byte aligned; allowed while a stream records
  int (*free)(void* at);
  int (*allocate_pinned)(void** at, std::size_t bytes);  // host memory that copies run beside

  int (*create_stream)(void** stream);  // not ordered with any other
  int (*copy)(void* to, const void* from, std::size_t bytes, Way way, void* stream);
  int (*set)(void* at, int byte, std::size_t bytes, void* stream);
  int (*synchronize)(void* stream);  // also tells of errors of kernels that ran before

  int (*create_event)(void** event);
  int (*record)(void* event, void* stream);
  int (*done)(void* event, bool* done);
  int (*wait)(void* event);  // the host waits
  int (*destroy_event)(void* event);

  int (*begin_capture)(void* stream);  // of what this thread puts on that stream; others go on undisturbed
  int (*end_capture)(void* stream, void** graph);
  int (*instantiate)(void** executable, void* graph);
  int (*destroy_graph)(void* graph);
  int (*launch)(void* executable, void* stream);
  int (*destroy_executable)(void* executable);
};

// CUDA's own; nullptr in a build without it.
const Api* cuda_api();

}  // namespace mueca::gpu
