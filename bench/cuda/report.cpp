#include "bench/cuda/report.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <vector>

#include "bench/cuda/targets.h"
#include "core/error.h"

namespace mueca::bench {
namespace {

using Json = nlohmann::json;

struct Measured {
  std::string family, op, shape, algorithm, label, failure;
  double us = 0;
  std::map<std::string, double> counters;

  std::optional<double> get(const std::string& name) const {
    const auto found = counters.find(name);
    return found == counters.end() ? std::nullopt : std::optional(found->second);
  }
};

double microseconds(const Json& entry) {
  static const std::map<std::string, double> kUnits = {{"ns", 1e-3}, {"us", 1}, {"ms", 1e3}, {"s", 1e6}};
  const auto unit = kUnits.find(entry.value("time_unit", "ns"));
  check(unit != kUnits.end(), "report: unknown time_unit in ", entry.dump());
  return entry.value("real_time", 0.0) * unit->second;
}

Measured read(const Json& entry) {
  Measured m;
  std::istringstream name(entry.value("run_name", entry.value("name", "")));
  std::getline(name, m.family, '/'), std::getline(name, m.op, '/'), std::getline(name, m.shape, '/');
  std::getline(name, m.algorithm, '/');
  check(!m.algorithm.empty(), "report: a benchmark must be called FAMILY/OP/SHAPE/ALGORITHM, got '", name.str(), "'");
  m.us = microseconds(entry), m.label = entry.value("label", "");
  if (entry.value("error_occurred", false)) m.failure = entry.value("error_message", "failed");
  for (const auto& [key, value] : entry.items())
    if (value.is_number()) m.counters[key] = value.get<double>();
  return m;
}

// Three significant digits, no exponent; "-" where there is nothing.
std::string number(std::optional<double> v) {
  if (!v || !std::isfinite(*v)) return "-";
  const double size = std::abs(*v);
  const int digits = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << *v;
  return out.str();
}
std::string tiny(std::optional<double> v) {
  if (!v || !std::isfinite(*v)) return "-";
  std::ostringstream out;
  out << std::scientific << std::setprecision(1) << *v;
  return out.str();
}
std::optional<double> over(std::optional<double> a, std::optional<double> b) {
  return a && b && *b > 0 ? std::optional(*a / *b) : std::nullopt;
}
std::string cell(std::string text) {  // nothing in it ends a cell or a line
  for (char& c : text)
    if (c == '|' || c == '\n') c = ' ';
  return text;
}

void family_table(std::ostream& out, const std::string& family, const std::vector<const Measured*>& rows) {
  out << "\n## " << family << "\n\n"
      << "| op | shape | algorithm | us | spread % | TFLOP/s | GB/s | % of roof | best peer us | ratio | ratio to "
         "first "
         "choice | ratio to NCHW | ratio to 16-bit I/O | worst error | peer's | peer |\n"
      << "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- "
         "|\n";
  for (const Measured* m : rows) {
    const auto rate = [&](const char* counter, double per_us) {
      const auto v = m->get(counter);
      return v && m->us > 0 ? std::optional(*v / m->us * per_us) : std::nullopt;
    };
    const auto ratio = [&](const char* peer) { return number(over(m->get(peer), m->us)); };
    const auto share = [&](const char* counter) {
      const auto v = m->get(counter);
      return v ? std::optional(*v * 100) : std::nullopt;
    };
    out << "| " << m->op << " | " << m->shape << " | " << m->algorithm << " | " << number(m->us) << " | "
        << number(share("spread")) << " | " << number(rate("FLOP", 1e-6)) << " | " << number(rate("bytes", 1e-3))
        << " | " << number(share("roof_share")) << " | " << number(m->get("peer_us")) << " | " << ratio("peer_us")
        << " | " << ratio("first_choice_us") << " | " << ratio("nchw_us") << " | " << ratio("io16_us") << " | "
        << tiny(m->get("error")) << " | " << tiny(m->get("peer_error")) << " | " << cell(m->label) << " |\n";
  }
}

void targets_table(std::ostream& out, const std::vector<Measured>& all) {
  out << "\n## Targets\n\nRatios to the fairest peer, above 1: mueca is faster. Good and moonshot are estimates made "
         "before anything ran.\n\n| what | peer | good | moonshot | measured: geometric mean (least to most), rows |\n"
         "| --- | --- | ---: | ---: | --- |\n";
  for (const Target& t : kTargets) {
    std::vector<double> ratios;
    for (const Measured& m : all)
      if (t.matches(m.family, m.op, m.algorithm))
        if (const auto r = over(m.get("peer_us"), m.us); r && m.failure.empty()) ratios.push_back(*r);
    out << "| " << t.what << " | " << t.peer << " | " << t.good << " | " << t.moonshot << " | ";
    if (ratios.empty()) {
      out << "not measured |\n";
      continue;
    }
    double logs = 0;
    for (const double r : ratios) logs += std::log(r);
    out << number(std::exp(logs / static_cast<double>(ratios.size()))) << " ("
        << number(*std::ranges::min_element(ratios)) << " to " << number(*std::ranges::max_element(ratios)) << "), "
        << ratios.size() << " |\n";
  }
}

}  // namespace

std::string cuda_report(const Json& results) {
  check(results.is_object() && results.contains("benchmarks") && results.contains("context"),
        "report: expected Google Benchmark's JSON, with context and benchmarks");
  std::vector<Measured> all;
  for (const Json& entry : results["benchmarks"])
    if (entry.value("run_type", "iteration") == "iteration") all.push_back(read(entry));
  std::ostringstream out;
  out << "# CUDA kernels beside their peers\n\nWritten by `mueca_bench_cuda --report`; `bench/README.md` says what the "
         "columns mean and what is fair about them.\n\n";
  static const std::vector<std::string> kBenchmarksOwn = {
      "caches", "load_avg", "library_build_type", "executable", "host_name", "cpu_scaling_enabled", "mhz_per_cpu"};
  for (const auto& [key, value] : results["context"].items())
    if (!std::ranges::count(kBenchmarksOwn, key))
      out << "- " << key << ": " << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
  std::map<std::string, std::vector<const Measured*>> families;
  std::vector<const Measured*> failed;
  for (const Measured& m : all) m.failure.empty() ? families[m.family].push_back(&m) : failed.push_back(&m);
  for (const auto& [family, rows] : families) family_table(out, family, rows);
  targets_table(out, all);
  if (!failed.empty()) out << "\n## Not measured\n\n";
  for (const Measured* m : failed)
    out << "- " << m->family << "/" << m->op << "/" << m->shape << "/" << m->algorithm << ": " << cell(m->failure)
        << "\n";
  return out.str();
}

}  // namespace mueca::bench
