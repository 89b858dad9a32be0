// A story as a Jupyter notebook (nbformat 4.5): prose in Markdown cells; each table and figure is the output of a code
// cell that reads it from the file beside the notebook, and is embedded, so that it shows without being run.
// https://nbformat.readthedocs.io/en/latest/format_description.html
#pragma once
#include <string>

#include "apps/report/story.h"

namespace mueca {

// Expects tables/<stem>.csv and figures/<stem>.png beside the notebook when it is run. Figures of pictures, which make
// most of its size, are only named unless `pictures`. Equal stories, equal bytes.
std::string story_notebook(const Story& story, bool pictures = true);

// Plain text that Markdown shows as it is.
std::string markdown_text(std::string_view words);

}  // namespace mueca
