// What a video leaves behind, all of it only when asked: film, events, a table per frame, a timeline.
#pragma once
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/faces/face_stream.h"
#include "apps/faces/frame_source.h"
#include "apps/vision/film_file.h"
#include "apps/vision/track_history.h"

namespace mueca {

struct VideoTargets {
  std::string film, events, table, timeline;  // empty: not wanted
  bool compound = false;                      // the table gets their columns
};

class VideoFiles {
 public:
  // Opens the files under temporary names; throws Error when one cannot be written. Equal frames give equal bytes:
  // neither clocks nor folders are in them.
  VideoFiles(const VideoTargets& targets, const FrameSource& source, const Recognizer& recognizer);

  // `picture` with its overlays; `seconds`: the frame lasts so long.
  void frame(const Frame& frame, const std::vector<TrackedFace>& faces, const cv::Mat& picture);
  void finish(std::int64_t dropped);  // writes the end and puts every file into its place

  const TrackHistory& history() const { return history_; }
  std::int64_t frames = 0, frames_with_faces = 0, faces = 0;

 private:
  struct TextFile {
    explicit TextFile(const std::string& target) : file(target), out(file.temporary(), std::ios::binary), name(target) {
      check(out.good(), name, ": cannot be written");
    }
    void commit();
    AtomicFile file;
    std::ofstream out;
    std::string name;
  };
  struct Known {
    int label;
    bool uncertain;
    std::int64_t last;
  };
  void event(const char* what, const Frame& frame, int track, const std::string& more);
  void note_events(const Frame& frame, const std::vector<TrackedFace>& faces);

  VideoTargets targets_;
  std::string source_;
  double frame_seconds_, last_seconds_ = 0;
  std::vector<std::string> classes_;
  std::unique_ptr<FilmFile> film_;
  std::optional<TextFile> events_, table_;
  std::map<int, Known> known_;
  TrackHistory history_;
};

}  // namespace mueca
