// Figures from hand-made probabilities against scikit-learn 1.9, SciPy 1.17 and statsmodels 0.15, whose calls the
// comments quote; verdicts each way; tables and JSON of a small study.
#include "apps/study/results.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/evaluation.h"
#include "apps/scores.h"
#include "apps/study/tables.h"
#include "apps/study/verdict.h"
#include "core/error.h"
#include "core/ops.h"

namespace mueca {
namespace {

// y = [0, 1, 0, 1, 0, 1, 0, 1]; P and Q: the probability of class 1.
const std::vector<float> kP{.1f, .6f, .3f, .8f, .4f, .45f, .65f, .2f};
const std::vector<float> kQ{.4f, .7f, .6f, .9f, .1f, .8f, .55f, .7f};

Pack eight_images() {
  Pack pack = make_pack(8, 2, 2);
  for (std::size_t i = 0; i < 8; ++i) pack.label[i] = static_cast<std::int32_t>(i % 2);
  for (Index row = 0; row < 8; ++row) std::ranges::fill(pack.image(row), static_cast<std::uint8_t>(row));
  pack.class_names = {"dark", "bright"};
  pack.split_names = {"private_test"};
  pack.source_names = {"hand"};
  return pack;
}

Tensor logits_of(const std::vector<float>& p) {
  Tensor out({static_cast<Index>(p.size()), 2});
  for (std::size_t i = 0; i < p.size(); ++i) {
    out.data()[2 * i] = std::log(1 - p[i]);
    out.data()[2 * i + 1] = std::log(p[i]);
  }
  return out;
}

ArmRun run_of(std::uint64_t seed, const Tensor& logits) {
  const Pack pack = eight_images();
  ArmRun run;
  run.seed = seed;
  run.rows = pack.rows_of("private_test");
  run.labels = labels_of(pack, run.rows);
  run.sets = evaluate(pack, "private_test", run.rows, logits).sets;
  run.probabilities = softmax(logits);
  run.run.parameters = 1234;
  return run;
}

ArmResult arm_of(const std::string& name, std::vector<ArmRun> runs) {
  ArmResult arm;
  arm.arm.name = arm.arm.label = name;
  arm.arm.data = "hand";
  arm.runs = std::move(runs);
  arm.tested_on = "private_test", arm.chosen_on = "public_test", arm.views = "center";
  sum_up(arm);
  return arm;
}

TEST(StudyFigures, SpreadsAndMatrixOverSeeds) {
  const ArmResult arm = arm_of("arm", {run_of(1, logits_of(kP)), run_of(2, logits_of(kQ))});
  // accuracy_score 0.625 and 0.75; numpy.mean, numpy.std(ddof=1)
  EXPECT_EQ(arm.accuracy.n, 2);
  EXPECT_DOUBLE_EQ(arm.accuracy.mean, 0.6875);
  EXPECT_NEAR(arm.accuracy.deviation, 0.0883883476483184, 1e-12);
  // f1_score(average="macro"): 0.6190476190476191 and 0.7333333333333334
  EXPECT_NEAR(arm.macro_f1.mean, (0.6190476190476191 + 0.7333333333333334) / 2, 1e-12);
  // 15 bins of max(axis=1), |accuracy - confidence| weighted by their images: 0.2125 and 0.21875
  EXPECT_NEAR(arm.calibration_error.mean, (0.2125 + 0.21875) / 2, 1e-6);
  // confusion_matrix [[3, 1], [2, 2]] and [[2, 2], [0, 4]]; recall_score(average=None) [.75, .5] and [.5, 1]
  EXPECT_EQ(arm.matrix(0, 0), 5);
  EXPECT_EQ(arm.matrix(0, 1), 3);
  EXPECT_EQ(arm.matrix(1, 0), 2);
  EXPECT_EQ(arm.matrix(1, 1), 6);
  EXPECT_EQ(arm.recall, (std::vector<double>{0.625, 0.75}));
  // proportion_confint(6, 8, method="wilson") at round(0.6875 * 8) = 6 (5.5, away from zero)
  EXPECT_NEAR(arm.test_interval.low, 0.40927543031016883, 1e-12);
  EXPECT_NEAR(arm.test_interval.high, 0.9285207872478909, 1e-12);
  EXPECT_EQ(arm.without_twins.n, 0);
}

TEST(StudyFigures, AnEnsembleIsTheMeanOfItsMembersProbabilities) {
  const std::vector<Tensor> members{logits_of(kP), logits_of(kQ)};
  const ArmRun both = run_of(1, ensemble_logits(members));
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(both.probabilities.data()[2 * i + 1], (kP[i] + kQ[i]) / 2, 1e-6);
  const ArmResult arm = arm_of("ensemble", {both});
  EXPECT_DOUBLE_EQ(arm.accuracy.mean, 0.75);  // accuracy_score of ((P + Q) / 2).argmax(1)
  EXPECT_DOUBLE_EQ(arm.macro_f1.mean, 0.75);
  EXPECT_NEAR(arm.calibration_error.mean, 0.109375, 1e-6);
  EXPECT_EQ(arm.recall, (std::vector<double>{0.75, 0.75}));
}

TEST(StudyStatistics, StudentsIntervalAgreesWithScipy) {
  // scipy.stats.t.interval(0.95, 2, loc=mean, scale=scipy.stats.sem([0.70, 0.71, 0.705])); tables have 4 digits of t
  const Spread three = spread_of(std::vector<double>{0.70, 0.71, 0.705});
  EXPECT_NEAR(three.low, 0.6925793114412483, 2e-6);
  EXPECT_NEAR(three.high, 0.7174206885587516, 2e-6);
}

TEST(StudyStatistics, HolmAgreesWithStatsmodels) {
  const auto expect = [](const std::vector<double>& p, const std::vector<double>& corrected) {
    const auto ours = holm(p);
    ASSERT_EQ(ours.size(), corrected.size());
    for (std::size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(ours[i], corrected[i], 1e-12) << i;
  };
  // statsmodels.stats.multitest.multipletests(p, method="holm")[1]
  expect({0.01, 0.04, 0.03, 0.005, 0.5}, {0.04, 0.09, 0.09, 0.025, 0.5});
  expect({0.6, 0.6, 0.02}, {1, 1, 0.06});
  expect({}, {});
}

// An arm of which only the figures count: `right` of 1000 images, for each seed.
ArmResult thousand(const std::vector<int>& right) {
  ArmResult arm;
  arm.arm.name = "arm";
  arm.tested_on = "private_test", arm.chosen_on = "public_test";
  for (const int hits : right) {
    const Interval i = wilson_interval(hits, 1000);
    ArmRun run;
    run.sets.push_back({"private_test", 1000, hits / 1000.0, i.low, i.high, 0, 0, 0});
    arm.runs.push_back(run);
  }
  return arm;
}

StudyClaim claim_of(double value, double spread = 0) {
  StudyClaim claim;
  claim.value = value, claim.spread = spread, claim.measure = "accuracy", claim.test_set = "private_test";
  return claim;
}

TEST(Verdicts, OneSeedIsHeldAgainstWilsonsInterval) {
  const ArmResult arm = thousand({700});  // proportion_confint(700, 1000, method="wilson") = 0.67088, 0.72759
  const ClaimResult same = judge(claim_of(0.7), arm);
  EXPECT_EQ(same.verdict, Verdict::reproduced);
  EXPECT_NEAR(same.low, 0.6708761390827828, 1e-12);
  EXPECT_NEAR(same.high, 0.7275931575229951, 1e-12);
  EXPECT_EQ(same.why, "ours 70.0 % (67.1 to 72.8, n = 1 000) agrees with the claimed 70.0 %");
  EXPECT_EQ(judge(claim_of(0.6705), arm).verdict, Verdict::reproduced);  // 67.05 is published as 67.1
  EXPECT_EQ(judge(claim_of(0.67), arm).verdict, Verdict::not_reproduced);
  const ClaimResult below = judge(claim_of(0.76), arm);
  EXPECT_EQ(below.verdict, Verdict::not_reproduced);
  EXPECT_EQ(below.why, "ours 70.0 % (67.1 to 72.8, n = 1 000), 6.0 points below the claimed 76.0 %");
  const ClaimResult above = judge(claim_of(0.65), arm);
  EXPECT_EQ(above.verdict, Verdict::not_reproduced);
  EXPECT_EQ(above.why, "ours 70.0 % (67.1 to 72.8, n = 1 000), 5.0 points above the claimed 65.0 %");
  EXPECT_EQ(judge(claim_of(0.65, 0.05), arm).verdict, Verdict::reproduced);  // 65 ± 5
}

TEST(Verdicts, SeveralSeedsAreHeldAgainstStudentsInterval) {
  const ArmResult arm = thousand({700, 710, 705});  // 0.69258 to 0.71742
  EXPECT_EQ(judge(claim_of(0.717), arm).verdict, Verdict::reproduced);
  EXPECT_EQ(judge(claim_of(0.72), arm).verdict, Verdict::not_reproduced);
  EXPECT_EQ(judge(claim_of(0.72), arm).why,
            "ours 70.5 % (69.3 to 71.7 over 3 seeds, n = 1 000), 1.5 points below the claimed 72.0 %");
}

TEST(Verdicts, WhatCannotBeComparedSaysWhy) {
  const auto expect = [](const ClaimResult& result, const std::string& why) {
    EXPECT_EQ(result.verdict, Verdict::not_comparable) << why;
    EXPECT_EQ(result.why, why);
  };
  ArmResult arm = thousand({700});
  StudyClaim claim = claim_of(0.7);
  claim.not_comparable = "its test images are not published";
  expect(judge(claim, arm), "its test images are not published");
  claim = claim_of(0.7);
  claim.test_set = "public_test";
  expect(judge(claim, arm), "the claim is about public_test, ours about private_test (n = 1 000)");
  claim = claim_of(0.99);
  claim.measure = "training_accuracy";
  expect(judge(claim, arm), "this study does not measure training_accuracy");
  EXPECT_TRUE(std::isnan(judge(claim, arm).measured));
  arm.runs[0].training = {"training", 5000, 0.99, 0.985, 0.993, 0, 0, 0};
  EXPECT_EQ(judge(claim, arm).verdict, Verdict::reproduced);
  arm.test_note = "PublicTest and PrivateTest together";
  expect(judge(claim_of(0.7), arm), "PublicTest and PrivateTest together (n = 1 000)");
  arm = thousand({700});
  arm.chosen_on = "private_test";
  expect(judge(claim_of(0.7), arm),
         "the epoch was chosen on private_test, the very images that are scored (n = 1 000)");
  arm.limit = "1000";
  expect(judge(claim_of(0.7), arm), "the run saw a part of the data only (data.limit = 1000; n = 1 000)");
}

TEST(Comparisons, PairsOfArmsOnTheSameImages) {
  const ArmRun p = run_of(1, logits_of(kP)), q = run_of(1, logits_of(kQ));
  std::vector<ArmResult> arms{arm_of("p", {p}), arm_of("q", {run_of(7, logits_of(kP)), q})};
  arms.push_back(arm_of("other images", {p}));
  arms.back().runs[0].rows.back() = 99;
  const auto pairs = compare_arms(arms);
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(pairs[0].a, "p");
  EXPECT_EQ(pairs[0].b, "q");
  EXPECT_EQ(pairs[0].seed_b, 1u);  // not 7: both have seed 1
  EXPECT_EQ(pairs[0].n, 8);
  // statsmodels mcnemar([[4, 1], [2, 1]], exact=True).pvalue = 1.0
  EXPECT_EQ(pairs[0].test.only_a, 1);
  EXPECT_EQ(pairs[0].test.only_b, 2);
  EXPECT_DOUBLE_EQ(pairs[0].test.p_exact, 1);
  arms.pop_back();
  while (arms.size() < 8) arms.push_back(arm_of(str("arm ", arms.size()), {p}));
  EXPECT_EQ(compare_arms(arms).size(), 28u);
  arms.push_back(arm_of("ninth", {q}));
  EXPECT_EQ(compare_arms(arms).size(), 8u);  // each with the first
}

TEST(Comparisons, ExactPAndHolmsCorrection) {
  // 15 images more than chance apart: only A right on 12, only B on 3, both or neither on the rest.
  ArmRun a = run_of(1, logits_of(kP)), b = a, c = a;
  a.labels.assign(30, 0), b.labels = c.labels = a.labels;
  a.rows.resize(30), b.rows = c.rows = a.rows;
  const auto says = [](const std::vector<int>& wrong) {
    Tensor p = Tensor::full({30, 2}, 0);
    for (int i = 0; i < 30; ++i) p.data()[2 * i + wrong[static_cast<std::size_t>(i)]] = 1;
    return p;
  };
  std::vector<int> wrong_a(30, 0), wrong_b(30, 0);
  std::fill_n(wrong_a.begin(), 3, 1);
  std::fill_n(wrong_b.begin() + 3, 12, 1);
  a.probabilities = c.probabilities = says(wrong_a), b.probabilities = says(wrong_b);
  std::vector<ArmResult> arms(3);
  arms[0].runs = {a}, arms[1].runs = {b}, arms[2].runs = {c};
  const auto pairs = compare_arms(arms);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_NEAR(pairs[0].test.p_exact, 0.03515625, 1e-12);  // scipy.stats.binomtest(3, 15).pvalue
  EXPECT_NEAR(pairs[0].p_holm, 3 * 0.03515625, 1e-12);
  EXPECT_EQ(pairs[1].test.only_a + pairs[1].test.only_b, 0);
  EXPECT_EQ(pairs[1].p_holm, 1);
}

StudyResults small_study() {
  StudyResults r;
  r.name = "hand", r.title = "Made by hand", r.profile = "quick";
  r.data.push_back({"hand", std::string(64, 'a'), {"dark", "bright"}, {"private_test"}, {"hand.csv"}, {{4, 4}}});
  r.arms.push_back(arm_of("two seeds", {run_of(1, logits_of(kP)), run_of(2, logits_of(kQ))}));
  r.arms.push_back(arm_of("one_seed", {run_of(1, logits_of(kQ))}));
  r.arms[1].arm.note = "a note";
  r.arms[1].chosen_on = "last epoch";
  r.arms[1].runs[0].run.parameters = 0;
  r.arms[1].runs[0].run.seconds = 12.5;
  StudyClaim claim = claim_of(0.9);
  claim.source = "Someone 2013", claim.protocol = "ten crops";
  r.claims = {judge(claim, r.arms[1])};
  claim.measure = "training_accuracy";
  r.claims.push_back(judge(claim, r.arms[1]));
  r.comparisons = compare_arms(r.arms);
  r.missing = {"third, seed 1: not run"};
  return r;
}

TEST(StudyTables, Golden) {
  const StudyResults r = small_study();
  EXPECT_EQ(
      csv_table(arms_table(r)),
      "model,parameters,seeds,epoch chosen on,tested on,views,accuracy %,over seeds,over images,macro-F1 %,ECE %\n"
      "two seeds,1 234,2,public_test,\"private_test, 8\",center,68.8 ± 8.8,0.0 to 100.0,40.9 to 92.9,67.6 ± 8.1,21.6 "
      "± 0.4\n"
      "one_seed,-,1,last epoch,\"private_test, 8\",center,75.0,-,40.9 to 92.9,73.3,21.9\n");
  const Table arms = arms_table(r);
  EXPECT_EQ(arms.notes.back(), "Missing: third, seed 1: not run");
  EXPECT_NE(std::ranges::find(arms.notes, "one_seed: a note"), arms.notes.end());
  StudyResults part = r;
  part.arms[0].limit = "0.5";
  const auto notes = arms_table(part).notes;
  EXPECT_NE(std::ranges::find(notes, "two seeds: data.limit = 0.5, a part of each split, tests included."),
            notes.end());
  EXPECT_EQ(csv_table(recall_table(r)),
            "model,tested on,dark,bright\n"
            "two seeds,\"private_test, 8\",62.5,75.0\n"
            "one_seed,\"private_test, 8\",50.0,100.0\n");
  EXPECT_EQ(csv_table(claims_table(r)),
            "model,claimed %,of,source,protocol,ours %,95 % interval,verdict,why\n"
            "one_seed,90.0,accuracy,Someone 2013,ten crops,75.0,40.9 to 92.9,reproduced,\"ours 75.0 % (40.9 to 92.9, n "
            "= 8) agrees with the claimed 90.0 %\"\n"
            "one_seed,90.0,training accuracy,Someone 2013,ten crops,-,-,not comparable,this study does not measure "
            "training_accuracy\n");
  EXPECT_EQ(csv_table(comparisons_table(r)),
            "A,B,n,only A right,only B right,discordant,exact p,Holm's p\n"
            "two seeds,one_seed,8,1,2,3,1.000,1.000\n");
}

TEST(StudyTables, BoldOnlyWhereIntervalsAreApart) {
  StudyResults r = small_study();
  EXPECT_TRUE(arms_table(r).bold.empty());
  for (ArmResult& arm : r.arms) arm.runs.resize(1), arm.runs[0].run.parameters = 0;
  r.arms[0].runs[0].sets[0].high = 0.5;
  r.arms[1].runs[0].sets[0].low = 0.4;
  EXPECT_TRUE(arms_table(r).bold.empty());
  r.arms[1].runs[0].sets[0].low = 0.6;
  Table table = arms_table(r);  // without the column of parameters
  ASSERT_EQ(table.bold.size(), 1u);
  EXPECT_EQ(table.bold.begin()->first, 1u);
  EXPECT_EQ(table.columns[table.bold.begin()->second].name, "accuracy %");
  r.arms.erase(r.arms.begin());  // nothing to be better than
  EXPECT_TRUE(arms_table(r).bold.empty());
}

TEST(StudyJson, SameBytesNoNanAndTimesInSecondsOnly) {
  StudyResults r = small_study();
  const std::string text = study_results_json(r);
  EXPECT_EQ(study_results_json(small_study()), text);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
  r.arms[1].runs[0].run.seconds = 99;
  r.arms[1].runs[0].folder = "/somewhere/20261121-160124-s1";
  r.arms[1].runs[0].run.images_per_second = 5, r.arms[1].runs[0].run.peak_memory_gib = 1;
  auto a = nlohmann::ordered_json::parse(text), b = nlohmann::ordered_json::parse(study_results_json(r));
  EXPECT_NE(a, b);
  a["arms"][1]["runs"][0].erase("seconds"), b["arms"][1]["runs"][0].erase("seconds");
  EXPECT_EQ(a, b);
  EXPECT_EQ(a["arms"][0]["accuracy"]["mean"], 0.6875);
  EXPECT_TRUE(a["arms"][1]["accuracy"]["sd"].is_null());
  EXPECT_EQ(a["data"][0]["splits"]["private_test"]["bright"], 4);
  EXPECT_EQ(a["claims"][0]["verdict"], "reproduced");
  EXPECT_TRUE(a["claims"][1]["measured"].is_null());
  EXPECT_EQ(a["missing"][0], "third, seed 1: not run");
}

}  // namespace
}  // namespace mueca
