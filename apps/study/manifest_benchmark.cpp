// [[benchmark]] of a manifest.
#include <algorithm>

#include "apps/study/manifest_parts.h"

namespace mueca {

StudyBenchmark parse_study_benchmark(Complaints& complaints, const Toml& table, const Study& so_far) {
  const Toml* name = table.find("name");
  const Reader reader(complaints, table,
                      name && name->kind == Toml::Kind::text ? "benchmark " + name->value : std::string("benchmark"));
  reader.expect_keys({"name", "label", "note", "results", "made_by"});
  StudyBenchmark benchmark;
  benchmark.name = reader.text("name");
  if (!name || name->kind == Toml::Kind::text) reader.expect_plain_name(name ? *name : table, benchmark.name);
  if (std::ranges::count(so_far.benchmarks, benchmark.name, &StudyBenchmark::name) > 0)
    reader.complain(table, "two benchmarks are named \"" + benchmark.name + "\"");
  benchmark.label = reader.text("label").empty() ? benchmark.name : reader.text("label");
  benchmark.note = reader.text("note");
  benchmark.results = reader.text("results");
  benchmark.made_by = reader.text("made_by");
  benchmark.line = reader.line_of("results");
  for (const char* key : {"results", "made_by"})
    if (reader.text(key).empty())
      reader.complain(table, std::string(key) + (key == std::string("results")
                                                     ? ": missing; the JSON file that the benchmark writes"
                                                     : ": missing; the command that writes the results"));
  return benchmark;
}

}  // namespace mueca
