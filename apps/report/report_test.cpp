// Reports from results made by hand: nothing is trained here.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "apps/figures/canvas.h"
#include "apps/report/html.h"
#include "apps/report/notebook.h"
#include "apps/report/tell.h"
#include "apps/report/teller.h"
#include "apps/tool_test.h"
#include "core/error.h"
#include "core/files/atomic_file.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

const char* const kEvil =
    "<script>alert(1)</script><img src=x onerror=alert(2)>'\"&|`*_[x](javascript:alert(3))$\x1b[31m";

SplitFigures figures_on(const std::string& split, std::int64_t n, double accuracy) {
  return {split, n, accuracy, accuracy - 0.02, accuracy + 0.02, accuracy - 0.01, 0.8, 0.03};
}

StudyArm arm_named(const std::string& name, const std::string& label) {
  StudyArm arm;
  arm.name = name, arm.label = label, arm.data = "faces";
  arm.values = {{"model.name", "baseline_cnn", "s.toml:1"}, {"train.epochs", "8", "s.toml:2"}};
  return arm;
}

StudyClaim claim_of(double value, const std::string& source) {
  StudyClaim claim;
  claim.value = value, claim.measure = "accuracy", claim.source = source;
  claim.protocol = "Best epoch of the test images themselves.", claim.test_set = "private_test";
  return claim;
}

Study study_by_hand(const std::string& word) {
  Study study;
  study.name = "by-hand", study.title = "A study by hand " + word;
  study.data.resize(1);
  study.data[0].name = "faces";
  study.arms = {arm_named("plain", "Plain " + word), arm_named("other", "Other"), arm_named("absent", "Absent")};
  study.question = "Does `that` " + word + " work?\n\nA second paragraph.";
  study.arms[0].note = "says `this` " + word + " **works**";
  return study;
}

StudyResults results_by_hand(const Study& study, const std::string& word) {
  StudyResults r;
  r.name = study.name, r.title = study.title;
  r.data = {{"faces",
             std::string(64, 'a'),
             {"angry", "happy " + word},
             {"training", "private_test"},
             {"drawn " + word},
             {{40, 60}, {30, 20}}}};
  for (const int i : {0, 1}) {
    ArmResult arm;
    arm.arm = study.arms[static_cast<std::size_t>(i)];
    arm.tested_on = "private_test", arm.chosen_on = "public_test", arm.views = "center";
    arm.recall = {0.7, 0.8};
    ArmRun run;
    run.folder = "runs/x";
    run.run.parameters = 123456, run.run.seconds = 77 + i, run.run.epochs_done = 8;
    run.rows.assign(50, 0);
    run.sets = {figures_on("private_test", 50, 0.8 - 0.1 * i),
                figures_on("private_test, no twin in training", 45, 0.7)};
    arm.runs = {run};
    arm.accuracy = spread_of(std::vector<double>{run.sets[0].accuracy});
    arm.macro_f1 = arm.calibration_error = arm.without_twins = arm.accuracy;
    r.arms.push_back(std::move(arm));
  }
  r.comparisons.resize(1);
  r.comparisons[0].a = "plain", r.comparisons[0].b = "other", r.comparisons[0].n = 50;
  r.comparisons[0].test.only_a = 9, r.comparisons[0].test.only_b = 4, r.comparisons[0].test.p_exact = 0.267;
  r.claims = {
      {claim_of(0.81, "Somebody " + word), "plain", 0.8, 0.78, 0.82, Verdict::reproduced, "0.81 lies inside."},
      {claim_of(0.99, "Somebody " + word), "other", 0.7, 0.68, 0.72, Verdict::not_reproduced, "Far off " + word},
      {claim_of(0.5, "Else"), "other", 0.7, 0.68, 0.72, Verdict::not_comparable, "Other images."}};
  r.missing = {"absent, seed 1: not run"};
  return r;
}

StoryFigure figure_by_hand(const std::string& stem, const std::string& word, bool pictures = false) {
  Canvas canvas(200, 100, "Title " + word, "Description " + word);
  canvas.rectangle(10, 10, 50, 50, rgb(0x0072b2));
  canvas.text(20, 80, "words " + word);
  return {stem, "Figure of " + stem, "It shows " + word, canvas.svg(), canvas.png(kPngScale), pictures, 0};
}

Story story_by_hand(const std::string& word, StoryOptions options = {}) {
  const Study study = study_by_hand(word);
  return study_story(study, results_by_hand(study, word),
                     {figure_by_hand("accuracy", word), figure_by_hand("confusion-plain", word),
                      figure_by_hand("samples", word, true), figure_by_hand("odd", word)},
                     options);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Report, PageTellsEverySection) {
  const std::string page = story_html(story_by_hand("word"));
  std::size_t at = 0;
  for (const char* section : {"In short", "Question", "Data", "Method", "Results", "Arm by arm", "Claims",
                              "A closer look", "How to rerun", "Limits"}) {
    const std::size_t next = page.find(str(">", section, "</h2>"), at);
    ASSERT_NE(next, std::string::npos) << section;
    at = next;
  }
  for (const std::string& part : std::vector<std::string>{
           "78.0 to 82.0", "absent, seed 1: not run", "build/mueca study run by-hand\nbuild/mueca study report by-hand",
           std::string(64, 'a'), "badge yes\">reproduced", "badge no\">not reproduced", "badge open\">not comparable",
           "says <code>this</code> word <strong>works</strong>", "Protocols side by side: Somebody word", "0.267",
           "Does <code>that</code> word work?"})
    EXPECT_TRUE(contains(page, part)) << part;
  EXPECT_FALSE(contains(page, "01:17")) << "times only on demand";
  StoryOptions timed;
  timed.times = true;
  EXPECT_TRUE(contains(story_html(story_by_hand("word", timed)), "01:17"));
}

TEST(Report, HostileWordsStayWords) {
  const std::string page = story_html(story_by_hand(kEvil));
  EXPECT_FALSE(contains(page, "<script"));
  EXPECT_FALSE(contains(page, "<img src=x"));
  EXPECT_FALSE(contains(page, "\x1b"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;alert(1)"));
  // Without the values in quotes, the tags hold nothing but what the renderer writes.
  const std::string tags = std::regex_replace(page, std::regex("\"[^\"<>]*\""), "");
  EXPECT_FALSE(std::regex_search(tags, std::regex("<[^>]*\\son\\w+\\s*=")));

  const auto notebook = nlohmann::json::parse(story_notebook(story_by_hand(kEvil)));
  for (const auto& cell : notebook["cells"]) {
    std::string source;
    for (const auto& line : cell["source"]) source += line;
    if (cell["cell_type"] == "markdown") {
      EXPECT_FALSE(contains(source, "<script") || contains(source, "<img")) << source;
      EXPECT_FALSE(contains(source, "[x](")) << source;
    } else {
      EXPECT_FALSE(contains(source, "alert")) << source;
      for (const auto& output : cell["outputs"])
        EXPECT_FALSE(contains(output["data"].value("text/html", nlohmann::json()).dump(), "<script"));
    }
  }
}

TEST(Report, PageNeedsNothingElse) {
  const std::string page = story_html(story_by_hand("word"));
  const std::regex loads("(src|href|action|data|poster)\\s*=\\s*[\"'](?!#|data:)|url\\(|@import|<link|<script|<iframe");
  std::smatch match;
  EXPECT_FALSE(std::regex_search(page, match, loads)) << match.str();
  EXPECT_TRUE(contains(page, "default-src 'none'; img-src data:; style-src 'sha256-"));
  EXPECT_FALSE(contains(page, " style=")) << "the policy would drop it";
}

TEST(Report, AnchorsAreUniqueAndLinked) {
  const std::string page = story_html(story_by_hand("word"));
  std::set<std::string> ids;
  const std::regex id("\\sid=\"([^\"]*)\""), link("href=\"#([^\"]*)\"");
  for (std::sregex_iterator i(page.begin(), page.end(), id), end; i != end; ++i)
    EXPECT_TRUE(ids.insert((*i)[1]).second) << (*i)[1];
  int links = 0;
  for (std::sregex_iterator i(page.begin(), page.end(), link), end; i != end; ++i, ++links)
    EXPECT_TRUE(ids.contains((*i)[1])) << (*i)[1];
  EXPECT_GE(links, 10);
}

TEST(Report, PicturesOfOthersCanBeLeftOut) {
  StoryOptions without;
  without.images = false;
  EXPECT_TRUE(contains(story_html(story_by_hand("word")), "Figure of samples"));
  const std::string page = story_html(story_by_hand("word", without));
  EXPECT_FALSE(contains(page, "Figure of samples"));
  EXPECT_TRUE(contains(page, "<code>--with-images</code>"));
  EXPECT_FALSE(contains(story_notebook(story_by_hand("word", without)), "figures/samples"));
  EXPECT_TRUE(contains(story_notebook(story_by_hand("word"), true), "figures/samples"));
  EXPECT_FALSE(contains(story_notebook(story_by_hand("word"), false), "figures/samples"));
}

TEST(Report, NotebookHasUniqueIdsAndOutputs) {
  const auto notebook = nlohmann::json::parse(story_notebook(story_by_hand("word")));
  EXPECT_EQ(notebook["nbformat"], 4);
  EXPECT_EQ(notebook["nbformat_minor"], 5);
  std::set<std::string> ids;
  int executed = 0, pictures = 0;
  const std::regex plain("[a-zA-Z0-9-_]{1,64}");
  for (const auto& cell : notebook["cells"]) {
    const std::string id = cell["id"];
    EXPECT_TRUE(std::regex_match(id, plain)) << id;
    EXPECT_TRUE(ids.insert(id).second) << id;
    if (cell["cell_type"] != "code") continue;
    EXPECT_EQ(cell["execution_count"], ++executed);
    for (const auto& output : cell["outputs"]) pictures += output["data"].contains("image/png") ? 1 : 0;
  }
  EXPECT_EQ(pictures, 4);
  EXPECT_TRUE(ids.contains("table-arms") && ids.contains("figure-accuracy") && ids.contains("text-limits"));
}

// The notebook's own code, run by Python without Jupyter, must give the outputs that are embedded; nbformat's own
// validator must accept the file, where it is installed.
TEST(Report, NotebookRunsAndIsValid) {
  const TestFolder folder;
  const Story story = story_by_hand(kEvil);
  for (const Block& block : story.blocks)
    if (const auto* table = std::get_if<StoryTable>(&block))
      write_file_atomically(folder / ("tables/" + table->stem + ".csv"), csv_table(table->table));
  write_file_atomically(folder / "n.ipynb", story_notebook(story));
  write_file_atomically(folder / "check.py", R"py(import json, sys, types
fake = types.ModuleType("IPython.display")
fake.Image = lambda *a, **k: None
sys.modules["IPython"], sys.modules["IPython.display"] = types.ModuleType("IPython"), fake
try:
    import nbformat
    nbformat.validate(nbformat.read("n.ipynb", as_version=4))
    print("validated")
except ImportError:
    print("skipped: no nbformat")
space, tables = {}, 0
for cell in json.load(open("n.ipynb", encoding="utf-8"))["cells"]:
    if cell["cell_type"] != "code": continue
    source = "".join(cell["source"])
    if not source.startswith("Table("):
        exec(source, space)
        continue
    value, data = eval(source, space), cell["outputs"][0]["data"]
    assert repr(value) == "".join(data["text/plain"]), source
    assert value._repr_html_() == "".join(data["text/html"]), source
    tables += 1
print(tables, "tables")
)py");
  const std::string python = fs::exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
  const std::string command = "cd '" + folder.path().string() + "' && " + python + " check.py > said 2>&1";
  if (std::system((python + " -c 'import json' 2> /dev/null").c_str()) != 0) GTEST_SKIP() << "skipped: no Python";
  const int code = std::system(command.c_str());
  const std::string said = read_file(folder / "said", 1 << 20);
  EXPECT_EQ(code, 0) << said;
  EXPECT_TRUE(contains(said, " tables")) << said;
  if (contains(said, "skipped")) GTEST_SKIP() << said;
}

TEST(Report, EqualStudiesGiveEqualBytes) {
  EXPECT_EQ(story_html(story_by_hand("word")), story_html(story_by_hand("word")));
  EXPECT_EQ(story_notebook(story_by_hand("word")), story_notebook(story_by_hand("word")));
}

TEST(Report, TextIsEscapedForMarkdown) {
  EXPECT_EQ(markdown_text("a_b*c <d> & `e` [f] $g$ | ~h~"),
            "a\\_b\\*c &lt;d&gt; &amp; \\`e\\` \\[f\\] \\$g\\$ \\| \\~h\\~");
  EXPECT_EQ(one_line_of("a\n b\t\tc\x1b[1m\xff "), "a b c[1m\xef\xbf\xbd");
  const Words words = marked_up("a `b` **c** `d");
  ASSERT_EQ(words.size(), 5u);
  EXPECT_EQ(words[1].kind, Span::Kind::code);
  EXPECT_EQ(words[3].words, "c");
  EXPECT_EQ(words[4].words, " `d");
  EXPECT_EQ(slug_of("ECE, of \"mobilenet_v2\"!"), "ece-of-mobilenet_v2");
}

}  // namespace
}  // namespace mueca
