#include "apps/vision/face_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/faces/overlay.h"
#include "core/error.h"

namespace mueca {
namespace {

using nlohmann::ordered_json;

// To whole pixels, without what lies outside the picture.
cv::Rect inside(const cv::Rect2f& box, const PictureReport& picture) {
  const auto whole = [](float x) { return static_cast<int>(std::lround(x)); };
  const cv::Rect rounded(cv::Point(whole(box.x), whole(box.y)), cv::Point(whole(box.br().x), whole(box.br().y)));
  return rounded & cv::Rect(0, 0, picture.width, picture.height);
}

float confidence(const Expression& e) { return e.probability[static_cast<std::size_t>(e.label)]; }

double rounded(double value, double steps) { return std::round(value * steps) / steps; }

ordered_json json_of(const SeenFace& face, const PictureReport& picture, const std::vector<std::string>& classes) {
  const Expression& e = face.expression;
  const cv::Rect box = inside(face.where.box, picture);
  ordered_json probabilities = ordered_json::object();
  for (std::size_t k = 0; k < classes.size(); ++k) probabilities[classes[k]] = rounded(e.probability[k], 1e6);
  ordered_json j = {{"box", {{"x", box.x}, {"y", box.y}, {"width", box.width}, {"height", box.height}}},
                    {"tilt", face.where.tilt},
                    {"score", rounded(face.where.score, 1e4)},
                    {"label", answer_of(e, classes)},
                    {"most_probable", classes[static_cast<std::size_t>(e.label)]},
                    {"confidence", rounded(confidence(e), 1e6)},
                    {"probabilities", probabilities}};
  if (!face.where.landmarks.empty()) {
    j["landmarks"] = ordered_json::array();
    for (const cv::Point2f& p : face.where.landmarks) j["landmarks"].push_back({rounded(p.x, 10), rounded(p.y, 10)});
  }
  return j;
}

}  // namespace

std::size_t FaceReport::faces() const {
  std::size_t n = 0;
  for (const PictureReport& picture : pictures) n += picture.faces.size();
  return n;
}

std::size_t FaceReport::failed() const {
  return static_cast<std::size_t>(
      std::count_if(pictures.begin(), pictures.end(), [](const PictureReport& p) { return !p.error.empty(); }));
}

std::string answer_of(const Expression& expression, const std::vector<std::string>& classes) {
  return expression.uncertain ? "uncertain" : classes[static_cast<std::size_t>(expression.label)];
}

std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

Table report_table(const FaceReport& report) {
  Table table;
  table.columns = {{"picture", false}, {"face"}, {"box x, y, w x h"}, {"answer", false}};
  for (const std::string& name : report.classes) table.columns.push_back({name});
  if (!report.compound_note.empty()) table.columns.push_back({"compound", false});
  for (const PictureReport& picture : report.pictures) {
    const std::string name = printable(picture.file);
    if (picture.faces.empty()) {
      std::vector<std::string> row{name, "-", "", picture.error.empty() ? "no face" : "failed"};
      row.resize(table.columns.size());
      table.add(row);
    }
    for (std::size_t i = 0; i < picture.faces.size(); ++i) {
      const Expression& e = picture.faces[i].expression;
      const cv::Rect box = inside(picture.faces[i].where.box, picture);
      std::vector<std::string> row{
          name, str(i + 1), str(box.x, ", ", box.y, ", ", box.width, " x ", box.height),
          face_caption(report.classes[static_cast<std::size_t>(e.label)], confidence(e), e.uncertain)};
      for (const float p : e.probability) row.push_back(percent(p, 1));
      if (!report.compound_note.empty()) row.push_back(str(picture.compound[i].name, ", ", picture.compound[i].origin));
      table.add(row);
    }
  }
  if (report.faces() > 0) table.notes.push_back("probabilities in %");
  if (!report.compound_note.empty()) table.notes.push_back(report.compound_note);
  return table;
}

std::string report_csv(const FaceReport& report) {
  Table table;
  for (const char* name :
       {"file", "faces", "face", "x", "y", "width", "height", "tilt", "score", "label", "most_probable", "confidence"})
    table.columns.push_back({name});
  for (const std::string& name : report.classes) table.columns.push_back({name});
  if (!report.compound_note.empty())
    for (const char* name : {"compound", "compound_score", "compound_origin"}) table.columns.push_back({name});
  table.columns.push_back({"error"});
  for (const PictureReport& picture : report.pictures) {
    const bool read = picture.width > 0;
    if (picture.faces.empty()) {
      std::vector<std::string> row{picture.file, read ? "0" : ""};
      row.resize(table.columns.size());
      row.back() = picture.error;
      table.add(row);
    }
    for (std::size_t i = 0; i < picture.faces.size(); ++i) {
      const SeenFace& face = picture.faces[i];
      const Expression& e = face.expression;
      const cv::Rect box = inside(face.where.box, picture);
      std::vector<std::string> row{picture.file,
                                   str(picture.faces.size()),
                                   str(i + 1),
                                   str(box.x),
                                   str(box.y),
                                   str(box.width),
                                   str(box.height),
                                   str(face.where.tilt),
                                   fixed(face.where.score, 4),
                                   answer_of(e, report.classes),
                                   report.classes[static_cast<std::size_t>(e.label)],
                                   fixed(confidence(e), 6)};
      for (const float p : e.probability) row.push_back(fixed(p, 6));
      if (!report.compound_note.empty()) {
        const CompoundAnswer& c = picture.compound[i];
        row.insert(row.end(), {c.name, fixed(c.score, 6), c.origin});
      }
      row.push_back(picture.error);
      table.add(row);
    }
  }
  return csv_table(table);
}

std::string report_json(const FaceReport& report) {
  ordered_json pictures = ordered_json::array();
  for (const PictureReport& picture : report.pictures) {
    ordered_json j = {{"file", picture.file}};
    if (picture.width > 0) {
      j["width"] = picture.width;
      j["height"] = picture.height;
      j["faces"] = ordered_json::array();
      for (std::size_t i = 0; i < picture.faces.size(); ++i) {
        j["faces"].push_back(json_of(picture.faces[i], picture, report.classes));
        if (picture.compound.empty()) continue;
        const CompoundAnswer& c = picture.compound[i];
        j["faces"].back()["compound"] = {{"name", c.name}, {"score", rounded(c.score, 1e6)}, {"origin", c.origin}};
      }
    }
    if (!picture.annotated.empty()) j["annotated"] = picture.annotated;
    if (!picture.explained.empty()) j["explained"] = picture.explained;
    if (!picture.error.empty()) j["error"] = picture.error;
    pictures.push_back(j);
  }
  const Calibration& c = report.calibration;
  ordered_json whole = {{"model", report.model},
                        {"detector", report.detector},
                        {"classes", report.classes},
                        {"temperature", rounded(c.temperature, 1e6)},
                        {"threshold", rounded(c.threshold, 1e6)},
                        {"pictures", pictures}};
  if (!report.compound_note.empty()) whole["compound"] = report.compound_note;
  return whole.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string report_summary(const FaceReport& report) {
  const auto counted = [](std::size_t n, const char* word) { return str(n, " ", word, n == 1 ? "" : "s"); };
  return counted(report.pictures.size(), "picture") + ", " + counted(report.faces(), "face") +
         (report.failed() > 0 ? str(", ", report.failed(), " failed") : "");
}

}  // namespace mueca
