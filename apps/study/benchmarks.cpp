#include "apps/study/benchmarks.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "apps/chat/bounded_json.h"
#include "apps/study/statistics.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/files/sha256.h"

namespace mueca {
namespace {

using Json = nlohmann::json;

constexpr JsonLimits kLimits{std::size_t{64} << 20, 4'000'000, 8};

std::string text_of(const Json& at, const char* key) {
  const auto found = at.find(key);
  return found != at.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_of(const Json& at, const char* key) {
  const auto found = at.find(key);
  return found != at.end() && found->is_number() ? found->get<double>() : BenchmarkRow::kUnknown;
}

// Family, pass, shape and algorithm of a name; Google Benchmark's own words behind them are left out.
BenchmarkRow row_named(const std::string& name, bool& wall_clock) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    begin = end + 1;
    wall_clock = wall_clock || part == "real_time" || part == "manual_time";
    const bool own = part == "real_time" || part == "manual_time" || part == "process_time" ||
                     part.starts_with("iterations:") || part.starts_with("repeats:") || part.starts_with("min_time:") ||
                     part.starts_with("threads:") || part.starts_with("min_warmup_time:");
    if (!own && !part.empty()) parts.push_back(part);
  }
  BenchmarkRow row;
  if (parts.empty()) return row;
  row.family = parts.front();
  if (parts.size() > 1) row.pass = parts[1];
  if (parts.size() > 3) row.algorithm = parts.back(), parts.pop_back();
  for (std::size_t i = 2; i < parts.size(); ++i) row.shape += (i > 2 ? "/" : "") + parts[i];
  return row;
}

double microseconds_per(const std::string& unit) {
  if (unit == "ns") return 1e-3;
  if (unit == "us") return 1;
  if (unit == "ms") return 1e3;
  return unit == "s" ? 1e6 : BenchmarkRow::kUnknown;
}

// Ceilings, and all else that is said in words, but for what differs from one run to the next.
void read_context(const Json& context, BenchmarkResult& out) {
  for (const auto& [key, value] : context.items()) {
    const bool scalar = value.is_string() || value.is_number() || value.is_boolean();
    if (!scalar || key == "date" || key == "host_name" || key == "executable" || key == "library_build_type" ||
        key == "json_schema_version" || key == "library_version" || key == "cpu_scaling_enabled" ||
        key == "aslr_enabled")
      continue;
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    std::vector<BenchmarkCeiling>* ceilings = key.starts_with("ceiling.compute.")  ? &out.compute
                                              : key.starts_with("ceiling.memory.") ? &out.memory
                                                                                   : nullptr;
    if (!ceilings) {
      out.facts.emplace_back(key, text);
      continue;
    }
    char* end = nullptr;
    const double ceiling = std::strtod(text.c_str(), &end);
    check(end != text.c_str() && std::isfinite(ceiling) && ceiling > 0, out.benchmark.results, ": ", key,
          ": expected a positive number, got ", text.substr(0, 40));
    ceilings->push_back({key.substr(key.rfind('.') + 1), ceiling});
  }
}

}  // namespace

bool is_chosen(const BenchmarkResult& result, const BenchmarkRow& row) {
  return row.label == "chosen" || std::ranges::none_of(result.rows, [&](const BenchmarkRow& other) {
           return other.family == row.family && other.pass == row.pass && other.label == "chosen";
         });
}

BenchmarkResult read_benchmark(const StudyBenchmark& benchmark) {
  const std::string& file = benchmark.results;
  const std::string text = read_file(file, kLimits.bytes);
  const Json root = parse_bounded_json(text, file, kLimits);
  const auto context = root.is_object() ? root.find("context") : root.end();
  const auto list = root.is_object() ? root.find("benchmarks") : root.end();
  check(root.is_object() && context != root.end() && context->is_object() && list != root.end() && list->is_array(),
        file, ": is no Google Benchmark JSON: expected an object with \"context\" and \"benchmarks\"");
  BenchmarkResult out;
  out.benchmark = benchmark;
  out.sha256 = sha256_of(text);
  read_context(*context, out);
  std::map<std::string, std::pair<std::size_t, std::vector<double>>> seen;  // name -> its row, times of its repetitions
  for (const Json& item : *list) {
    check(item.is_object(), file, ": benchmarks: expected objects");
    if (text_of(item, "run_type") == "aggregate") continue;  // the median is taken here
    const std::string name = text_of(item, "run_name").empty() ? text_of(item, "name") : text_of(item, "run_name");
    if (item.contains("error_occurred") && item["error_occurred"] == true) {
      ++out.failed;
      continue;
    }
    bool wall_clock = false;
    BenchmarkRow row = row_named(name, wall_clock);
    row.microseconds =
        number_of(item, wall_clock ? "real_time" : "cpu_time") * microseconds_per(text_of(item, "time_unit"));
    check(!row.family.empty() && std::isfinite(row.microseconds) && row.microseconds > 0, file, ": benchmark \"",
          name.substr(0, 80), "\": expected a name, a positive time and its unit");
    auto& [at, times] = seen[name];
    if (times.empty()) {
      row.label = text_of(item, "label");
      row.flop = number_of(item, "FLOP"), row.bytes = number_of(item, "bytes");
      row.peer_microseconds = number_of(item, "peer_us");
      row.error = number_of(item, "error"), row.roof_share = number_of(item, "roof_share");
      at = out.rows.size();
      out.rows.push_back(row);
    }
    times.push_back(row.microseconds);
    out.rows[at].microseconds = median(times);
  }
  check(!out.rows.empty(), file, ": holds no benchmark that succeeded");
  if (out.compute.empty() || out.memory.empty()) return out;
  // The slowest memory is the one that everything comes from.
  const double arithmetic = std::ranges::max_element(out.compute, {}, &BenchmarkCeiling::value)->value;
  const double memory = std::ranges::min_element(out.memory, {}, &BenchmarkCeiling::value)->value;
  for (BenchmarkRow& row : out.rows)
    if (!std::isfinite(row.roof_share) && row.bytes > 0)
      row.roof_share = std::max(row.flop > 0 ? row.flop / arithmetic : 0, row.bytes / memory) * 1e-3 / row.microseconds;
  return out;
}

}  // namespace mueca
