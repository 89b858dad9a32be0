// mueca doctor: what this build and this machine can do, one line each, and whether that is good.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iomanip>
#include <iostream>

#include "apps/build_info.h"
#include "apps/command.h"
#include "core/device.h"
#include "core/files/share.h"
#include "core/gpu.h"
#include "core/parallel.h"

#if MUECA_HAVE_OPENCV
#include <opencv2/core/utility.hpp>
#include <opencv2/videoio/registry.hpp>
#endif

namespace mueca {
namespace {

class Report {
 public:
  void good(const char* what, const std::string& found) { line("ok  ", what, found); }
  void warn(const char* what, const std::string& found) { line("warn", what, found), ++warnings_; }
  void note(const char* what, const std::string& found) { line("-   ", what, found); }
  void verdict(const char* what, const std::string& found, bool is_good) {
    is_good ? good(what, found) : warn(what, found);
  }
  int warnings() const { return warnings_; }

 private:
  void line(const char* mark, const char* what, const std::string& found) {
    std::cout << mark << "  " << std::left << std::setw(14) << what << found << "\n";
  }
  int warnings_ = 0;
};

std::string one_decimal(double value) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << value;
  return out.str();
}

#if MUECA_HAVE_OPENCV
// What this OpenCV was built with for windows: the word behind "GUI:" in its own report, e.g. QT5, GTK3 or NONE.
std::string window_system() {
  const std::string info = cv::getBuildInformation();
  const std::string label = "GUI:";
  const auto at = info.find(label);
  if (at == std::string::npos) return "NONE";
  const auto begin = info.find_first_not_of(" \t", at + label.size());
  return info.substr(begin, info.find_first_of(" \t\r\n", begin) - begin);
}

void report_opencv(Report& report) {
  std::string video;
  for (const cv::VideoCaptureAPIs api : cv::videoio_registry::getBackends())
    video += " " + cv::videoio_registry::getBackendName(api);
  report.verdict("video", video.empty() ? "no backend: OpenCV reads no videos and no cameras" : "by" + video,
                 !video.empty());
  const std::string windows = window_system();
  report.verdict("windows", windows == "NONE" ? "OpenCV has none: live pictures need --headless" : "by " + windows,
                 windows != "NONE");
}
#endif

void report_build(Report& report, const BuildInfo& build, const MachineInfo& machine) {
  report.good("mueca", build.version + ", commit " + build.commit);
  report.good("compiler", build.compiler);
  report.verdict("build",
                 str(build.build_type, build.flags.empty() ? "" : ", " + build.flags,
                     build.sanitized ? ", sanitizers: many times slower" : "",
                     build.optimized ? "" : ", not optimised: configure with the preset 'release'"),
                 build.optimized && !build.sanitized);
  const bool same = build.instructions == machine.instructions;
  report.verdict("instructions",
                 same ? build.instructions
                      : str("built for ", build.instructions, ", this CPU offers ", machine.instructions,
                            ": build on this machine with MUECA_NATIVE=ON"),
                 same);
  report.good("oneDNN", build.onednn);
  report.good("HDF5", build.hdf5);
  report.good("Cairo", build.cairo);
  report.verdict(
      "OpenCV",
      build.opencv.empty() ? "not built in: no image folders and no photos (apt install libopencv-dev)" : build.opencv,
      !build.opencv.empty());
#if MUECA_HAVE_OPENCV
  report_opencv(report);
#endif
}

void report_machine(Report& report, const MachineInfo& machine) {
  report.good("system", machine.system);
  report.good("CPU", machine.cpu.empty() ? "unknown model" : machine.cpu);
  report.verdict("threads",
                 str(thread_count(), " of ", machine.cores, " cores",
                     thread_count() > machine.cores ? ": more threads than cores is slower; set OMP_NUM_THREADS" : ""),
                 thread_count() <= machine.cores);
  // A training step of the largest network at batch 64 stays below 2 GiB.
  report.verdict("memory",
                 one_decimal(machine.memory_free_gib) + " of " + one_decimal(machine.memory_gib) + " GiB free",
                 machine.memory_free_gib >= 2);
  report.good("device", "cpu");
  report.good("device", "emulated: CUDA's kernels on the CPU, to test them");
  if (!has_device(Device::cuda)) return report.note("device", "cuda: " + why_no_cuda());
  const GpuInfo gpu = gpu_info();
  const auto gib = [](std::size_t bytes) { return static_cast<double>(bytes) / (1 << 30); };
  report.good("device", str("cuda: ", gpu.name, ", compute capability ", gpu.compute_capability, ", ",
                            gpu.multiprocessors, " multiprocessors, ", gpu.clock_mhz, " MHz; its driver knows CUDA ",
                            gpu.driver, ", this build has ", gpu.runtime));
  report.verdict("GPU memory",
                 one_decimal(gib(gpu.free_bytes)) + " of " + one_decimal(gib(gpu.total_bytes)) + " GiB free",
                 gib(gpu.free_bytes) >= 2);
}

void report_files(Report& report) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path weights = share_folder("weights"), studies = share_folder("studies");
  int files = 0;
  for (fs::directory_iterator at(weights, ignored), end; !ignored && at != end; at.increment(ignored))
    files += at->path().extension() == ".h5";
  if (files > 0)
    report.good("weights", str(files, " file(s) in ", weights.string()));
  else
    report.note("weights", "none in " + weights.string() + ": train a model, or give --weights FILE.h5");
  const bool there = fs::is_directory(studies, ignored);
  report.verdict("studies", str(there ? "manifests in " : "no manifests: there is no ", studies.string()), there);
}

}  // namespace

Action declare_doctor(CLI::App&) {
  return [] {
    Report report;
    const MachineInfo machine = machine_info();
    report_build(report, build_info(), machine);
    report_machine(report, machine);
    report_files(report);
    if (report.warnings() == 0)
      std::cout << "\nEverything that training and evaluation need is here.\n";
    else
      std::cout << "\n" << report.warnings() << " thing(s) to look at, marked 'warn'; the rest is in order.\n";
    return int{kExitOk};
  };
}

}  // namespace mueca
