#include "apps/vision/track_history.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "apps/figures/axes.h"
#include "apps/figures/canvas.h"
#include "apps/figures/palette.h"

namespace mueca {

void TrackHistory::see(int track, int label, bool uncertain, double seconds, double frame_seconds) {
  Seen& seen = tracks_[track];
  seen.of_label.resize(classes_.size());
  ++seen.frames;
  ++seen.of_label[static_cast<std::size_t>(label)];
  const double end = seconds + frame_seconds;
  Span* last = seen.spans.empty() ? nullptr : &seen.spans.back();
  const bool joins = last && last->label == label && last->uncertain == uncertain && seconds <= last->end + 1e-6;
  if (joins)
    last->end = end;
  else
    seen.spans.push_back({label, uncertain, seconds, end});
}

Table TrackHistory::table() const {
  Table table{"", {{"track"}, {"frames"}, {"from s"}, {"to s"}, {"labels", false}}, {}, {}};
  for (const auto& [id, seen] : tracks_) {
    std::vector<std::size_t> order(classes_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&seen = seen](std::size_t a, std::size_t b) { return seen.of_label[a] > seen.of_label[b]; });
    std::string labels;
    for (const std::size_t k : order)
      if (seen.of_label[k] > 0)
        labels += (labels.empty() ? "" : ", ") + classes_[k] + " " +
                  percent(static_cast<double>(seen.of_label[k]) / static_cast<double>(seen.frames), 0) + " %";
    table.add({std::to_string(id), std::to_string(seen.frames), fixed(seen.spans.front().begin, 2),
               fixed(seen.spans.back().end, 2), labels});
  }
  return table;
}

void TrackHistory::write_timeline(const std::filesystem::path& stem, const std::string& title) const {
  constexpr double kLeft = 60, kWidth = 760, kTop = 64, kLane = 24, kStep = 32;
  std::vector<int> ids;
  for (const auto& [id, seen] : tracks_) ids.push_back(id);
  std::stable_sort(ids.begin(), ids.end(), [&](int a, int b) { return tracks_.at(a).frames > tracks_.at(b).frames; });
  if (ids.size() > 40) ids.resize(40);
  std::sort(ids.begin(), ids.end());
  double end = 0;
  for (const auto& [id, seen] : tracks_) end = std::max(end, seen.spans.back().end);
  if (end <= 0) end = 1;
  const double bottom = kTop + kStep * static_cast<double>(std::max<std::size_t>(1, ids.size()));
  Canvas canvas(kLeft + kWidth + 30, bottom + 48, title,
                "A lane per track, coloured by the smoothed label; pale: uncertain");
  canvas.text(kLeft, 22, title, {14, kInk, Anchor::start, true});
  double x = kLeft;
  for (const std::string& name : classes_) {
    canvas.rectangle(x, 34, 12, 12, emotion_color(name));
    canvas.text(x + 16, 44, name, {12});
    x += 32 + Canvas::text_width(name, 12);
  }
  canvas.rectangle(x, 34, 12, 12, kMuted, 0.35);
  canvas.text(x + 16, 44, "pale: uncertain", {12});
  const auto place = [&](double seconds) { return kLeft + kWidth * seconds / end; };
  for (const double tick : round_ticks(0, end, 8)) {
    if (tick > end) continue;
    canvas.line({{place(tick), kTop - 6}, {place(tick), bottom}}, {kGrid});
    canvas.text(place(tick), bottom + 16, fixed(tick, end < 4 ? 1 : 0), {11, kMuted, Anchor::middle});
  }
  canvas.text(kLeft + kWidth / 2, bottom + 36, "seconds", {12, kMuted, Anchor::middle});
  if (ids.empty()) canvas.text(kLeft + 10, kTop + 18, "no face was seen", {13, kMuted});
  double y = kTop;
  for (const int id : ids) {
    canvas.text(kLeft - 8, y + kLane - 7, "#" + std::to_string(id), {12, kInk, Anchor::end});
    for (const Span& span : tracks_.at(id).spans) {
      const std::string& name = classes_[static_cast<std::size_t>(span.label)];
      const double left = place(span.begin), width = std::max(0.5, place(span.end) - left);
      canvas.rectangle(left, y, width, kLane, emotion_color(name), span.uncertain ? 0.35 : 1);
      const Color color = span.uncertain ? mix(rgb(0xffffff), emotion_color(name), 0.35) : emotion_color(name);
      if (width > Canvas::text_width(name, 12) + 10)
        canvas.text(left + 5, y + kLane - 7, name, {12, luminance(color) > 0.18 ? kInk : rgb(0xffffff)});
    }
    y += kStep;
  }
  canvas.write(stem);
}

}  // namespace mueca
