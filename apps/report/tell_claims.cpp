// Section "Claims": every published figure, its protocol, ours, and a verdict; and where several arms answer one claim,
// their protocols side by side.
#include <algorithm>
#include <cmath>

#include "apps/report/sections.h"
#include "apps/study/tables.h"
#include "core/error.h"

namespace mueca {
namespace {

const ArmResult* result_of(const StudyResults& results, const std::string& arm) {
  for (const ArmResult& result : results.arms)
    if (result.arm.name == arm) return &result;
  return nullptr;
}

std::string value_of(const StudyClaim& claim) {
  const int digits = 1;
  if (claim.spread <= 0) return percent(claim.value, digits);
  return percent(claim.value - claim.spread, digits) + " to " + percent(claim.value + claim.spread, digits);
}

std::string measure_of(const StudyClaim& claim) {
  if (claim.measure == "training_accuracy") return "accuracy on the training images themselves";
  std::string words = claim.measure;
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string ours_of(const ClaimResult& claim) {
  if (!std::isfinite(claim.measured)) return "-";
  return percent(claim.measured, 1) + " (" + percent(claim.low, 1) + " to " + percent(claim.high, 1) + ")";
}

// What stands in full below is left out of the overview.
Table overview(const StudyResults& results) {
  Table table = claims_table(results);
  for (std::size_t i = table.columns.size(); i-- > 0;)
    if (const std::string& name = table.columns[i].name; name == "protocol" || name == "why") {
      table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(i));
      for (auto& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(i));
    }
  return table;
}

// One claim that several arms answer: the same question, the protocols next to each other.
Table protocols_table(const Study& study, const StudyResults& results, const std::vector<const ClaimResult*>& claims) {
  Table table;
  table.title = "Protocols side by side: " + claims[0]->claim.source;
  table.columns = {{"arm", false},       {"data", false},           {"epoch chosen on", false},
                   {"tested on", false}, {"seen as", false},        {"n"},
                   {"published %"},      {"ours % (95 % interval)"}};
  for (const ClaimResult* c : claims) {
    const ArmResult* arm = result_of(results, c->arm);
    table.add({label_of(study, c->arm), arm ? arm->arm.data : "-", arm ? arm->chosen_on : "-",
               arm ? arm->tested_on : "-", arm ? arm->views : "-",
               arm && !arm->runs[0].sets.empty() ? str(arm->runs[0].sets[0].n) : "-", value_of(c->claim), ours_of(*c)});
  }
  return table;
}

}  // namespace

void tell_claims(Teller& to, const Study& study, const StudyResults& results, Figures& figures) {
  if (results.claims.empty()) return;
  to.section("Claims");
  to.table("claims", overview(results));
  for (StoryFigure& figure : figures.take({"claims"})) to.figure(std::move(figure));

  std::vector<std::string> told;  // sources with several arms
  for (const ClaimResult& c : results.claims) {
    if (std::find(told.begin(), told.end(), c.claim.source) != told.end()) continue;
    std::vector<const ClaimResult*> same;
    for (const ClaimResult& other : results.claims)
      if (other.claim.source == c.claim.source && other.claim.measure == c.claim.measure) same.push_back(&other);
    const bool several = std::any_of(same.begin(), same.end(), [&](const auto* other) { return other->arm != c.arm; });
    if (!several) continue;
    told.push_back(c.claim.source);
    to.table("protocols", protocols_table(study, results, same));
  }

  for (const ClaimResult& c : results.claims) {
    to.part(value_of(c.claim) + " %, " + label_of(study, c.arm));
    to.finding(c.verdict, marked_up(c.why));
    std::vector<std::pair<std::string, Words>> facts = {
        {"Published", {strong(value_of(c.claim) + " %"), ", " + measure_of(c.claim)}},
        {"Source", marked_up(c.claim.source)},
    };
    if (!c.claim.protocol.empty()) facts.emplace_back("Their protocol", marked_up(c.claim.protocol));
    if (!c.claim.test_set.empty()) facts.emplace_back("Measured on", Words{code(c.claim.test_set)});
    facts.emplace_back("Ours", Words{ours_of(c) == "-" ? "no figure" : ours_of(c) + " %, ", label_of(study, c.arm)});
    if (!c.made_of.empty()) facts.emplace_back("What it is made of", marked_up(c.made_of));
    if (!c.claim.not_comparable.empty())
      facts.emplace_back("Why it cannot be compared", marked_up(c.claim.not_comparable));
    to.facts(std::move(facts));
  }
}

}  // namespace mueca
