#include "apps/table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"

namespace mueca {
namespace {

Table example() {
  Table table;
  table.title = "Two models";
  table.columns = {{"model", false}, {"acc %"}};
  table.add({"baseline", "63.9 ±1.6"});
  table.add({"se", "64.0"});
  table.notes = {"95 % interval"};
  return table;
}

TEST(Table, TerminalAlignsByCharactersNotBytes) {
  EXPECT_EQ(terminal_table(example(), false),
            "Two models\n"
            "model         acc %\n"
            "-------------------\n"
            "baseline  63.9 ±1.6\n"
            "se             64.0\n"
            "95 % interval\n");
}

TEST(Table, ColorOnlyWhenAsked) {
  EXPECT_EQ(terminal_table(example(), false).find('\x1b'), std::string::npos);
  EXPECT_NE(terminal_table(example(), true).find("\x1b[1mmodel"), std::string::npos);
}

TEST(Table, Markdown) {
  EXPECT_EQ(markdown_table(example()),
            "**Two models**\n\n"
            "| model | acc % |\n"
            "| :--- | ---: |\n"
            "| baseline | 63.9 ±1.6 |\n"
            "| se | 64.0 |\n"
            "\n95 % interval\n");
}

TEST(Table, MarkdownEscapesStrangersNames) {
  Table table;
  table.columns = {{"class", false}};
  table.add({"a|b<script>\n"});
  EXPECT_NE(markdown_table(table).find("| a\\|b\\<script>  |"), std::string::npos) << markdown_table(table);
}

// A title, strangers' names, bold cells.
Table strange() {
  Table table{"Models & <data>", {{"model_1", false}, {"acc %"}}, {}, {"p < 0.05 \\ \"x\""}};
  table.add({"a_b|{c}", "63.9 ± 1.6"});
  table.add({"50 % <i>#1</i> ~^$ ç", "64.0"});
  table.bold = {{1, 1}};
  return table;
}

TEST(Table, Latex) {
  EXPECT_EQ(latex_table(strange()),
            "\\begin{table}\n"
            "\\centering\n"
            "\\caption{Models \\& $<$data$>$}\n"
            "\\begin{tabular}{lr}\n"
            "\\toprule\n"
            "model\\_1 & acc \\% \\\\\n"
            "\\midrule\n"
            "a\\_b$|$\\{c\\} & 63.9 $\\pm$ 1.6 \\\\\n"
            "50 \\% $<$i$>$\\#1$<$/i$>$ \\textasciitilde{}\\textasciicircum{}\\$ ç & \\textbf{64.0} \\\\\n"
            "\\bottomrule\n"
            "\\end{tabular}\n"
            "\\par\\smallskip\\footnotesize p $<$ 0.05 \\textbackslash{} ''x''\n"
            "\\end{table}\n");
}

TEST(Table, Html) {
  EXPECT_EQ(html_table(strange()),
            "<table>\n"
            "<caption>Models &amp; &lt;data&gt;</caption>\n"
            "<thead>\n"
            "<tr><th scope=\"col\">model_1</th><th scope=\"col\" align=\"right\">acc %</th></tr>\n"
            "</thead>\n"
            "<tbody>\n"
            "<tr><th scope=\"row\">a_b|{c}</th><td align=\"right\">63.9 ± 1.6</td></tr>\n"
            "<tr><th scope=\"row\">50 % &lt;i&gt;#1&lt;/i&gt; ~^$ ç</th><td "
            "align=\"right\"><strong>64.0</strong></td></tr>\n"
            "</tbody>\n"
            "</table>\n"
            "<p class=\"note\">p &lt; 0.05 \\ &quot;x&quot;</p>\n");
}

TEST(Table, BoldCells) {
  EXPECT_NE(markdown_table(strange()).find("| **64.0** |"), std::string::npos);
  EXPECT_NE(terminal_table(strange(), true).find("\x1b[1m      64.0\x1b[0m"), std::string::npos);
  EXPECT_EQ(terminal_table(strange(), false).find('\x1b'), std::string::npos);
  EXPECT_EQ(csv_table(strange()).find('*'), std::string::npos);
}

TEST(Table, TerminalDropsControlCharacters) {
  Table table;
  table.columns = {{"class", false}};
  table.add({"a\x1b[31mb"});
  EXPECT_EQ(terminal_table(table, false).find('\x1b'), std::string::npos);
}

TEST(Table, CsvQuotesAndDisarmsFormulas) {
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_cell("=1+1"), "'=1+1");
  EXPECT_EQ(csv_cell("-3.5e-4"), "-3.5e-4");
  EXPECT_EQ(csv_table(example()), "model,acc %\nbaseline,63.9 ±1.6\nse,64.0\n");
}

TEST(Table, RowsMustFit) {
  Table table;
  table.columns = {{"one"}};
  EXPECT_THROW(table.add({"1", "2"}), Error);
}

TEST(Table, Numbers) {
  EXPECT_EQ(percent(0.65123, 1), "65.1");
  EXPECT_EQ(fixed(std::numeric_limits<double>::quiet_NaN(), 2), "-");
}

}  // namespace
}  // namespace mueca
