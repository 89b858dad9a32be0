// What every exported notebook begins with. Its Table shows a CSV file exactly as html_table and terminal_table
// (apps/table.h) showed the table that the file was written from.
#pragma once

namespace mueca {

inline constexpr const char kNotebookIntroduction[] =
    "Each table and figure below is the output of the cell above it, read from the files beside this notebook "
    "(`tables/`, `figures/`). Outputs are kept in the notebook, so nothing has to be run to read it; running it needs "
    "Python's standard library and Jupyter alone.\n";

inline constexpr const char kNotebookSetup[] = R"py(import csv
import html

from IPython.display import Image


class Table:
    """tables/NAME.csv; the alignment of each column, l or r; cells in bold by row and column."""

    def __init__(self, name, align, bold=()):
        with open(f"tables/{name}.csv", newline="", encoding="utf-8") as file:
            self.head, *self.rows = [[self.cell(text) for text in row] for row in csv.reader(file)]
        self.align, self.bold = align, set(bold)

    @staticmethod
    def cell(text):  # the file quotes what a spreadsheet would take for a formula
        return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@") else text

    def _repr_html_(self):
        def line(tags, texts):
            cells = ""
            for tag, side, text in zip(tags, self.align, texts):
                right = ' align="right"' if side == "r" and "row" not in tag else ""
                cells += f"<{tag}{right}>{text}</{tag[:2]}>"
            return f"<tr>{cells}</tr>\n"

        def shown(row, column, text):
            text = html.escape(text)
            return f"<strong>{text}</strong>" if (row, column) in self.bold else text

        head = line(['th scope="col"'] * len(self.head), map(html.escape, self.head))
        tags = ['th scope="row"'] + ["td"] * (len(self.head) - 1)
        body = "".join(
            line(tags, [shown(i, j, text) for j, text in enumerate(row)]) for i, row in enumerate(self.rows))
        return f"<table>\n<thead>\n{head}</thead>\n<tbody>\n{body}</tbody>\n</table>\n"

    def __repr__(self):
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows)]
        line = lambda row: "  ".join(
            text.rjust(width) if side == "r" else text.ljust(width)
            for side, text, width in zip(self.align, row, widths)).rstrip(" ")
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        return "\n".join([line(self.head), rule, *map(line, self.rows)]))py";

}  // namespace mueca
