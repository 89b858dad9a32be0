#include "apps/vision/video_files.h"

#include <nlohmann/json.hpp>

#include "apps/table.h"

namespace mueca {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string base_name(const std::string& source) {
  if (names_stream(source)) return source.substr(0, source.find("://")) + "://";  // an address may hold a password
  const std::filesystem::path path(source);
  return (path.filename().empty() ? path.parent_path() : path).filename().string();
}

}  // namespace

void VideoFiles::TextFile::commit() {
  out.close();
  check(out.good(), name, ": cannot be written: is the disk full?");
  file.commit();
}

VideoFiles::VideoFiles(const VideoTargets& targets, const FrameSource& source, const Recognizer& recognizer)
    : targets_(targets),
      source_(base_name(source.name)),
      frame_seconds_(1 / (source.rate > 0 ? source.rate : 25)),
      classes_(recognizer.classes),
      history_(recognizer.classes) {
  if (!targets.film.empty()) film_ = std::make_unique<FilmFile>(targets.film, source.rate);
  if (!targets.events.empty()) {
    events_.emplace(targets.events);
    events_->out << "{\"event\":\"start\",\"source\":" << quoted(source_) << ",\"rate\":" << fixed(source.rate, 3)
                 << ",\"model\":" << quoted(recognizer.name) << ",\"classes\":" << nlohmann::json(classes_).dump()
                 << "}\n";
  }
  if (targets.table.empty()) return;
  table_.emplace(targets.table);
  table_->out << "frame,seconds,track,x,y,width,height,label,confidence,uncertain,frame_label,frame_confidence";
  for (const std::string& name : classes_) table_->out << "," << csv_cell("p_" + name);
  if (targets.compound) table_->out << ",compound,compound_score,compound_origin";
  table_->out << "\n";
}

void VideoFiles::event(const char* what, const Frame& frame, int track, const std::string& more) {
  events_->out << "{\"event\":\"" << what << "\",\"frame\":" << frame.index
               << ",\"seconds\":" << fixed(frame.seconds, 3) << ",\"track\":" << track << more << "}\n";
}

void VideoFiles::note_events(const Frame& frame, const std::vector<TrackedFace>& faces) {
  for (const TrackedFace& face : faces) {
    const Expression& e = face.smooth;
    const auto label = static_cast<std::size_t>(e.label);
    const std::string now =
        str(",\"label\":", quoted(classes_[label]), ",\"confidence\":", fixed(e.probability[label], 4),
            ",\"uncertain\":", e.uncertain ? "true" : "false");
    const auto known = known_.find(face.track);
    if (known == known_.end())
      event("appear", frame, face.track, now);
    else if (known->second.label != e.label || known->second.uncertain != e.uncertain)
      event("label", frame, face.track,
            str(",\"from\":", quoted(classes_[static_cast<std::size_t>(known->second.label)]), now));
    known_[face.track] = {e.label, e.uncertain, frame.index};
  }
  const auto patience = static_cast<std::int64_t>(TrackRule{}.patience);
  for (auto it = known_.begin(); it != known_.end();)
    if (frame.index - it->second.last > patience) {
      event("lost", frame, it->first, str(",\"last\":", it->second.last));
      it = known_.erase(it);
    } else {
      ++it;
    }
}

void VideoFiles::frame(const Frame& frame, const std::vector<TrackedFace>& seen, const cv::Mat& picture) {
  ++frames;
  frames_with_faces += !seen.empty();
  faces += static_cast<std::int64_t>(seen.size());
  for (const TrackedFace& face : seen)
    history_.see(face.track, face.smooth.label, face.smooth.uncertain, frame.seconds, frame_seconds_);
  if (film_) film_->write(picture);
  if (events_) note_events(frame, seen);
  if (!table_) return;
  for (const TrackedFace& face : seen) {
    const cv::Rect2f& box = face.where.box;
    const auto label = static_cast<std::size_t>(face.smooth.label), now = static_cast<std::size_t>(face.now.label);
    table_->out << frame.index << "," << fixed(frame.seconds, 3) << "," << face.track << "," << fixed(box.x, 1) << ","
                << fixed(box.y, 1) << "," << fixed(box.width, 1) << "," << fixed(box.height, 1) << ","
                << csv_cell(classes_[label]) << "," << fixed(face.smooth.probability[label], 4) << ","
                << face.smooth.uncertain << "," << csv_cell(classes_[now]) << ","
                << fixed(face.now.probability[now], 4);
    for (const float p : face.smooth.probability) table_->out << "," << fixed(p, 4);
    if (targets_.compound) {
      const CompoundAnswer& c = face.compound;
      table_->out << "," << csv_cell(c.name) << "," << fixed(c.score, 4) << "," << c.origin;
    }
    table_->out << "\n";
  }
}

void VideoFiles::finish(std::int64_t dropped) {
  if (events_) {
    events_->out << "{\"event\":\"end\",\"frames\":" << frames << ",\"frames_with_faces\":" << frames_with_faces
                 << ",\"faces\":" << faces << ",\"dropped\":" << dropped << "}\n";
    events_->commit();
  }
  if (table_) table_->commit();
  if (film_) film_->commit();
  if (!targets_.timeline.empty()) history_.write_timeline(targets_.timeline, source_ + ": expressions per track");
}

}  // namespace mueca
