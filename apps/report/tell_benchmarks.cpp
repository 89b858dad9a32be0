// Kernels that were timed: how, what they reach, and every figure behind that.
#include "apps/report/sections.h"
#include "apps/study/tables.h"

namespace mueca {

void tell_benchmarks(Teller& to, const StudyResults& results, Figures& figures) {
  for (const BenchmarkResult& benchmark : results.benchmarks) {
    const StudyBenchmark& what = benchmark.benchmark;
    to.part(what.label);
    to.prose(what.note);
    to.say({"Made by:"});
    to.commands(what.made_by);
    std::vector<std::pair<std::string, Words>> facts;
    for (const auto& [name, found] : benchmark.facts) facts.emplace_back(name, Words{found});
    facts.emplace_back("SHA-256 of the measurements", Words{code(benchmark.sha256)});
    to.facts(std::move(facts));
    for (StoryFigure& figure : figures.take({"roofline-" + what.name})) to.figure(std::move(figure));
    to.table("families-" + what.name, families_table(benchmark));
    to.table("kernels-" + what.name, benchmark_table(benchmark));
  }
}

}  // namespace mueca
