#include "apps/report/write.h"

#include <algorithm>

#include "apps/figures/study_figures.h"
#include "apps/report/html.h"
#include "apps/report/notebook.h"
#include "apps/report/tell.h"
#include "core/files/atomic_file.h"

namespace mueca {
namespace {

// Figures that hold pictures embed them in their SVG.
std::vector<StoryFigure> story_figures(const Study& study, const StudyResults& results, const StudyOptions& options) {
  std::vector<StoryFigure> figures;
  for (const StudyFigure& drawn : study_figures(results, study, options)) {
    StoryFigure figure{drawn.stem, drawn.title, drawn.caption, drawn.canvas.svg(), drawn.canvas.png(kPngScale), false,
                       0};
    figure.contains_images = figure.svg.find("<image ") != std::string::npos;
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace

bool only_drawn(const Study& study) {
  return std::ranges::all_of(study.data, [](const StudyData& data) { return data.pack.empty(); });
}

ReportFiles write_study_report(const Study& study, const StudyResults& results, const StudyOptions& options,
                               const ReportOptions& report) {
  StoryOptions story_options{options, {}, report.times, report.images};
  for (const ArmResult& arm : results.arms)
    if (!story_options.made_with) story_options.made_with = read_made_with(arm.runs.front().folder);
  const Story story = study_story(study, results, story_figures(study, results, options), story_options);
  for (const Block& block : story.blocks) {
    if (const auto* table = std::get_if<StoryTable>(&block))
      write_file_atomically(report.folder / "tables" / (table->stem + ".csv"), csv_table(table->table));
    if (const auto* figure = std::get_if<StoryFigure>(&block)) {
      write_file_atomically(report.folder / "figures" / (figure->stem + ".svg"), figure->svg);
      write_file_atomically(report.folder / "figures" / (figure->stem + ".png"), figure->png);
    }
  }
  const ReportFiles files{report.folder / "report.html", report.folder / (study.name + ".ipynb"),
                          report.folder / "figures"};
  write_file_atomically(report.folder / "results.json", study_results_json(results));
  write_file_atomically(files.notebook, story_notebook(story, report.large));
  write_file_atomically(files.page, story_html(story));
  return files;
}

}  // namespace mueca
