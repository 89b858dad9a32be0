// What `mueca predict` found, as a table for people, as CSV and as JSON.
#pragma once
#include <string>
#include <vector>

#include "apps/faces/compound.h"
#include "apps/faces/pipeline.h"
#include "apps/table.h"

namespace mueca {

struct PictureReport {
  std::string file = {};  // as it was given
  int width = 0, height = 0;
  std::vector<SeenFace> faces = {};           // the largest first
  std::vector<CompoundAnswer> compound = {};  // of the same faces, where they were asked for
  std::string annotated = {};                 // the copy's path, if one was written
  std::string explained = {};                 // the path of its Grad-CAM sheet, if one was written
  std::string error = {};                     // why there is no answer, or no copy; empty: all went well
};

struct FaceReport {
  std::string model, detector;
  std::vector<std::string> classes;  // [K]
  Calibration calibration;
  std::string compound_note;  // how compound emotions were named; empty: they were not asked for
  std::vector<PictureReport> pictures;

  std::size_t faces() const;
  std::size_t failed() const;
};

// The class's name, or "uncertain".
std::string answer_of(const Expression& expression, const std::vector<std::string>& classes);

Table report_table(const FaceReport& report);          // a row per face, or one that says that there is none
std::string report_csv(const FaceReport& report);      // the same with all figures; a failed file has one row, too
std::string report_json(const FaceReport& report);     // boxes in pixels of the upright picture, within it
std::string report_summary(const FaceReport& report);  // "12 pictures, 17 faces, 1 failed"

// A sentence or name from outside without its control characters, which could command a terminal.
std::string printable(std::string text);

}  // namespace mueca
