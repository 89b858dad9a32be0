// A personal set of faces on disk: class/picture.png as `mueca data import` reads it, beside each picture what it is.
#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace mueca {

struct Capture {
  cv::Mat crop;            // gray or BGR
  int label = 0;           // the class that the person was asked to show
  std::string prediction;  // what the network said, and how surely
  float confidence = 0;
  std::string model, consent;  // the consent's id: who agreed, and when, is written down elsewhere
};

class CaptureStore {
 public:
  // Counts what is already there. Throws Error when the folder cannot be made.
  CaptureStore(std::filesystem::path folder, std::vector<std::string> classes);

  // class/<class>-NNNN.png and .json, readable by their owner alone; nothing is ever overwritten. `time`: UTC, ISO
  // 8601.
  std::filesystem::path save(const Capture& capture, const std::string& time);
  // Removes the last picture taken with its file of facts; its path, or empty: none is left.
  std::filesystem::path undo();

  const std::vector<int>& counts() const { return counts_; }  // [K] pictures on disk

 private:
  std::filesystem::path folder_;
  std::vector<std::string> classes_;
  std::vector<int> counts_;
  std::vector<std::pair<std::filesystem::path, int>> saved_;  // since the start, and their classes
};

std::string utc_now();  // 2026-01-31T12:00:00Z

}  // namespace mueca
