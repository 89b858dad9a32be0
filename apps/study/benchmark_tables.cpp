// The tables of what a benchmark program measured.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/study/statistics.h"
#include "apps/study/tables.h"
#include "core/error.h"

namespace mueca {
namespace {

std::string name_of(const BenchmarkRow& row) { return row.family + (row.pass.empty() ? "" : " " + row.pass); }

// Three digits that count.
std::string short_number(double value) { return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0); }

std::string error_text(double error) {
  if (!std::isfinite(error)) return "-";
  char text[16];
  std::snprintf(text, sizeof text, "%.1e", error);
  return text;
}

double median_of_known(std::vector<double> values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  return median(std::move(values));
}

void add_notes(const BenchmarkResult& result, Table& table) {
  if (!result.compute.empty() && !result.memory.empty())
    table.notes.push_back(
        "Of the roof: time that the measured ceilings of arithmetic (the highest) and memory (the slowest) allow, over "
        "the "
        "time taken. Above 100: what memory would have to bring came from a cache.");
  if (std::ranges::any_of(result.rows, [](const BenchmarkRow& row) { return std::isfinite(row.peer_microseconds); }))
    table.notes.push_back("Ratio: the peer's time over ours, above 1 is faster than the peer.");
  if (result.failed) table.notes.push_back(str(result.failed, " benchmarks ended with an error and are not shown."));
}

}  // namespace

Table benchmark_table(const BenchmarkResult& result) {
  Table table{result.benchmark.label,
              {{"kernel", false},
               {"shape", false},
               {"algorithm", false},
               {"note", false},
               {"µs"},
               {"GFLOP/s"},
               {"GB/s"},
               {"of the roof %"},
               {"peer µs"},
               {"ratio"},
               {"worst error"}},
              {},
              {}};
  const auto word = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
  for (const BenchmarkRow& row : result.rows)
    table.add({name_of(row), word(row.shape), word(row.algorithm), word(row.label), short_number(row.microseconds),
               short_number(row.gflops()), short_number(row.gigabytes_per_second()), percent(row.roof_share, 0),
               short_number(row.peer_microseconds), fixed(row.ratio(), 2), error_text(row.error)});
  drop_empty_columns(table);
  add_notes(result, table);
  return table;
}

Table families_table(const BenchmarkResult& result) {
  Table table{result.benchmark.label + ": medians of each kernel over its shapes",
              {{"kernel", false}, {"shapes"}, {"GFLOP/s"}, {"GB/s"}, {"of the roof %"}, {"ratio to the peer"}},
              {},
              {}};
  std::vector<std::string> names;
  for (const BenchmarkRow& row : result.rows)
    if (std::ranges::find(names, name_of(row)) == names.end()) names.push_back(name_of(row));
  for (const std::string& name : names) {
    std::vector<double> gflops, bandwidth, roof, ratio;
    for (const BenchmarkRow& row : result.rows) {
      if (name_of(row) != name || !is_chosen(result, row)) continue;
      gflops.push_back(row.gflops()), bandwidth.push_back(row.gigabytes_per_second());
      roof.push_back(row.roof_share), ratio.push_back(row.ratio());
    }
    const std::string shapes = str(gflops.size());
    table.add({name, shapes, short_number(median_of_known(gflops)), short_number(median_of_known(bandwidth)),
               percent(median_of_known(roof), 0), fixed(median_of_known(ratio), 2)});
  }
  drop_empty_columns(table);
  add_notes(result, table);
  if (std::ranges::any_of(result.rows, [&](const BenchmarkRow& row) { return !is_chosen(result, row); }))
    table.notes.push_back("Where several algorithms were timed: the one that a call would run.");
  return table;
}

}  // namespace mueca
