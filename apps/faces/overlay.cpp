#include "apps/faces/overlay.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "apps/faces/overlay_pen.h"
#include "core/error.h"

namespace mueca {
namespace {

constexpr Color kGuideGood = rgb(0x2fbf71), kGuideWrong = rgb(0xffb000);

std::string rounded(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

cv::Rect whole(const cv::Rect2f& box) {
  return {static_cast<int>(std::lround(box.x)), static_cast<int>(std::lround(box.y)),
          static_cast<int>(std::lround(box.width)), static_cast<int>(std::lround(box.height))};
}

// The colour over a rim that differs from it, so that black and yellow can be seen on any picture.
void outline(cv::Mat& picture, const cv::Rect& box, Color color, int stroke) {
  const Color rim = luminance(color) > 0.18 ? rgb(0x000000) : rgb(0xffffff);
  cv::rectangle(picture, box, bgr(rim), stroke + 2);
  cv::rectangle(picture, box, bgr(color), stroke);
}

void dashed(cv::Mat& picture, const cv::Rect& box, Color color, int stroke, int dash) {
  const auto side = [&](cv::Point from, cv::Point to) {
    const double length = cv::norm(to - from);
    for (double at = 0; at < length; at += 2 * dash) {
      const auto point = [&](double along) { return from + cv::Point(cv::Point2d(to - from) * (along / length)); };
      cv::line(picture, point(at), point(std::min(length, at + dash)), bgr(color), stroke);
    }
  };
  const cv::Point a = box.tl(), c = box.br(), b(c.x, a.y), d(a.x, c.y);
  side(a, b), side(b, c), side(d, c), side(a, d);
}

}  // namespace

std::string face_caption(const std::string& emotion, float confidence, bool uncertain, int track) {
  const std::string guess = emotion + " " + rounded(100.0 * confidence, 0) + " %";
  return (track < 0 ? "" : str("#", track, " ")) + (uncertain ? "uncertain (" + guess + ")" : guess);
}

void draw_face_mark(cv::Mat& picture, const FaceMark& mark) {
  const OverlayPen pen(picture);
  const cv::Rect box = whole(mark.box);
  const Color color = emotion_color(mark.emotion);
  outline(picture, box, color, pen.stroke);
  std::vector<std::string> lines = {mark.caption};
  if (!mark.second.empty()) lines.push_back(mark.second);
  const int height = static_cast<int>(lines.size()) * pen.line + pen.gap, above = box.y - height - pen.stroke;
  const cv::Rect backing =
      pen.panel(picture, {box.x + pen.gap, above >= 0 ? above : std::max(0, box.y) + pen.stroke}, lines);
  const cv::Rect stripe(backing.x - pen.gap, backing.y, pen.gap, backing.height);
  cv::rectangle(picture, stripe, bgr(color), cv::FILLED);
  if (luminance(color) < 0.05) cv::rectangle(picture, stripe, bgr(kOnBacking), 1);
}

cv::Rect beside(const cv::Rect& box, cv::Size panel, cv::Size picture, int gap) {
  cv::Rect place({box.x + box.width + gap, box.y}, panel);
  if (place.x + panel.width > picture.width) place.x = box.x - gap - panel.width;
  if (place.x < 0) place = {{box.x, box.y + box.height + gap}, panel};
  return pushed_inside(place, picture);
}

cv::Rect draw_bars(cv::Mat& picture, const cv::Rect2f& box, const std::vector<std::string>& classes,
                   const std::vector<float>& probability) {
  check(classes.size() == probability.size(), "bars: ", classes.size(), " classes, ", probability.size(), " shares");
  if (classes.empty()) return {};
  const OverlayPen pen(picture);
  int words = 0;
  for (const std::string& name : classes) words = std::max(words, pen.text_width(name));
  const int figures = pen.text_width("100"), length = static_cast<int>(70 * pen.unit);
  const cv::Size size(words + length + figures + 4 * pen.gap, static_cast<int>(classes.size()) * pen.line + pen.gap);
  const cv::Rect panel = beside(whole(box), size, picture.size(), 2 * pen.gap);
  draw_backing(picture, panel);
  const auto best = std::max_element(probability.begin(), probability.end()) - probability.begin();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const int top = panel.y + static_cast<int>(i) * pen.line + pen.gap / 2, base = top + pen.line - pen.gap;
    const bool first = static_cast<std::ptrdiff_t>(i) == best;
    const float share = std::clamp(probability[i], 0.0f, 1.0f);
    const int left = panel.x + 2 * pen.gap + words;
    pen.text(picture, {panel.x + pen.gap, base}, classes[i], first ? kOnBacking : rgb(0xd8d8d8));
    const cv::Rect bar(left, top + pen.gap / 2,
                       std::max(1, static_cast<int>(std::lround(share * static_cast<float>(length)))),
                       pen.line - pen.gap);
    cv::rectangle(picture, bar, bgr(emotion_color(classes[i])), cv::FILLED);
    if (first || luminance(emotion_color(classes[i])) < 0.05) cv::rectangle(picture, bar, bgr(kOnBacking), 1);
    pen.text(picture, {left + length + pen.gap, base}, rounded(100.0 * share, 0), first ? kOnBacking : rgb(0xd8d8d8));
  }
  return panel;
}

void blur_face(cv::Mat& picture, const cv::Rect2f& box) {
  const cv::Rect inside = whole(box) & cv::Rect({0, 0}, picture.size());
  if (inside.empty()) return;
  constexpr int kSquares = 6;  // along each side; a face of 8 x 8 can still be guessed by its outline
  cv::Mat part = picture(inside), small;
  cv::resize(part, small, {kSquares, kSquares}, 0, 0, cv::INTER_AREA);
  cv::resize(small, part, part.size(), 0, 0, cv::INTER_NEAREST);
}

void draw_hud(cv::Mat& picture, const HudFigures& figures) {
  const OverlayPen pen(picture);
  const std::string rate = figures.frames_per_second > 0 ? rounded(figures.frames_per_second, 1) : "-";
  std::vector<std::string> lines = {rate + " fps   " + rounded(figures.latency_ms, 0) + " ms",
                                    figures.model + " on " + figures.device};
  lines.insert(lines.end(), figures.more.begin(), figures.more.end());
  pen.panel(picture, {pen.gap, pen.gap}, lines);
}

void draw_key_help(cv::Mat& picture, const std::vector<KeyHelp>& keys) {
  if (keys.empty()) return;
  const OverlayPen pen(picture);
  int key = 0, meaning = 0;
  for (const KeyHelp& k : keys)
    key = std::max(key, pen.text_width(k.key)), meaning = std::max(meaning, pen.text_width(k.meaning));
  const int cell = key + meaning + 4 * pen.gap;
  const int columns = std::clamp((picture.cols - 2 * pen.gap) / cell, 1, static_cast<int>(keys.size()));
  const int rows = (static_cast<int>(keys.size()) + columns - 1) / columns;
  const cv::Rect panel = pushed_inside(
      {pen.gap, picture.rows - rows * pen.line - 2 * pen.gap, columns * cell + pen.gap, rows * pen.line + pen.gap},
      picture.size());
  draw_backing(picture, panel);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const int n = static_cast<int>(i);
    const cv::Point at(panel.x + 2 * pen.gap + n / rows * cell, panel.y + (n % rows + 1) * pen.line - pen.gap / 2);
    pen.text(picture, at, keys[i].key, rgb(0xffd166));
    pen.text(picture, at + cv::Point(key + pen.gap, 0), keys[i].meaning);
  }
}

void draw_guide(cv::Mat& picture, const cv::Rect& guide, bool inside, const std::string& words) {
  const OverlayPen pen(picture);
  const Color color = inside ? kGuideGood : kGuideWrong;
  if (inside)
    outline(picture, guide, color, pen.stroke + 1);
  else
    dashed(picture, guide, color, pen.stroke + 1, static_cast<int>(12 * pen.unit));
  pen.panel(picture, {guide.x, guide.y + guide.height + pen.gap}, {words});
}

}  // namespace mueca
