// What is drawn over photos and frames: faces with their expressions, a panel of probabilities, figures, keys.
// All of it draws on BGR pictures of 8 bits, may reach over the picture's edge, and says in words what it colours.
#pragma once
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mueca {

struct FaceMark {
  cv::Rect2f box;
  std::string emotion;      // decides the colour; "" or an unknown one: gray
  std::string caption;      // "#3 happy 93 %", see face_caption
  std::string second = {};  // another line below it, if any
};

// "happy 93 %", "#3 happy 93 %", or "uncertain (happy 31 %)"; a track below 0 is left out.
std::string face_caption(const std::string& emotion, float confidence, bool uncertain, int track = -1);

void draw_face_mark(cv::Mat& picture, const FaceMark& mark);  // box, and the caption over it (inside at the top edge)

// A bar per class beside the face: [K] shares in [0, 1], the longest framed. Returns the panel's place.
cv::Rect draw_bars(cv::Mat& picture, const cv::Rect2f& box, const std::vector<std::string>& classes,
                   const std::vector<float>& probability);
// Where such a panel goes: to the right of the box, else to the left, else below; never out of the picture.
cv::Rect beside(const cv::Rect& box, cv::Size panel, cv::Size picture, int gap);

// Privacy: the face becomes a few large squares, from which the features cannot be had back.
void blur_face(cv::Mat& picture, const cv::Rect2f& box);

// A drawn face that pulls the emotion, over the box; unknown emotions get a neutral one.
void draw_emoji(cv::Mat& picture, const cv::Rect2f& box, std::string_view emotion);  // overlay_emoji.cpp

struct HudFigures {
  double frames_per_second = 0;  // smoothed; 0: not known yet
  double latency_ms = 0;         // from the frame's arrival to its overlay
  std::string device, model;
  std::vector<std::string> more = {};  // further lines: "REC", "12 dropped"
};
void draw_hud(cv::Mat& picture, const HudFigures& figures);  // top left

struct KeyHelp {
  std::string key, meaning;
};
void draw_key_help(cv::Mat& picture, const std::vector<KeyHelp>& keys);  // at the bottom, in as many columns as fit

// Where a face should be: green when it is, amber (and dashed) when not, with the words that say so below.
void draw_guide(cv::Mat& picture, const cv::Rect& guide, bool inside, const std::string& words);

}  // namespace mueca
