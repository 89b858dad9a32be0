#include "apps/faces/explain.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

#include "apps/faces/overlay.h"
#include "apps/faces/overlay_pen.h"
#include "apps/faces/predict.h"
#include "core/error.h"
#include "nn/gradcam.h"

namespace mueca {
cv::Mat heat_overlay(const cv::Mat& picture, const cv::Mat& map, const cv::Rect2f& window, float alpha) {
  check(picture.type() == CV_8UC3 && map.type() == CV_32FC1 && !map.empty(), "heat: a BGR picture and a float map");
  const cv::Rect inside = cv::Rect(cv::Point(cvRound(window.x), cvRound(window.y)),
                                   cv::Point(cvRound(window.br().x), cvRound(window.br().y))) &
                          cv::Rect({0, 0}, picture.size());
  cv::Mat out = picture.clone();
  if (inside.empty()) return out;
  cv::Mat smooth, levels, heat;
  cv::resize(map, smooth, inside.size(), 0, 0, cv::INTER_LINEAR);
  smooth.convertTo(levels, CV_8UC1, 255);
  cv::applyColorMap(levels, heat, cv::COLORMAP_INFERNO);
  cv::addWeighted(picture(inside), 1 - alpha, heat, alpha, 0, out(inside));
  return out;
}

cv::Mat explain(Recognizer& recognizer, const cv::Mat& crop, const std::string& layer, int side) {
  Model* model = recognizer.network();
  check(model, "explain: ", recognizer.name, " is not a network: Grad-CAM needs one");
  const Expression seen = recognizer.recognise(std::span(&crop, 1)).front();

  const cv::Mat whole = crop.isContinuous() ? crop : crop.clone();
  const Tensor image = Tensor::from<std::uint8_t>({1, whole.rows, whole.cols},
                                                  {whole.data, static_cast<std::size_t>(whole.rows) * whole.cols});
  const AugmentView view = views_of(*model, {whole.rows, whole.cols}, EvaluationViews::center).front();
  const std::array<Index, 1> row{0};
  const Tensor x = load_view(image, row, view, format_of(*model));
  const std::array<int, 1> label{seen.label};
  const Tensor map = grad_cam(*model, x, label, layer.empty() ? last_map(*model) : layer);  // [1, P, Q]
  const cv::Mat heat(static_cast<int>(map.extent(1)), static_cast<int>(map.extent(2)), CV_32FC1, map.data());

  cv::Mat gray, original;
  cv::resize(crop, gray, {side, side}, 0, 0, cv::INTER_CUBIC);
  cv::cvtColor(gray, original, cv::COLOR_GRAY2BGR);
  const float zoom = static_cast<float>(side) / static_cast<float>(crop.cols);
  const ViewWindow window = window_of(view, model->input.size);
  const cv::Rect2f wide(window.left * zoom, window.top * zoom, window.width * zoom, window.height * zoom);

  const int gap = side / 32;
  const OverlayPen pen(original);
  const int foot = pen.line + 2 * pen.gap;
  cv::Mat out(side + foot, 2 * side + gap, CV_8UC3, cv::Scalar::all(255));
  original.copyTo(out(cv::Rect(0, 0, side, side)));
  heat_overlay(original, heat, wide).copyTo(out(cv::Rect(side + gap, 0, side, side)));
  const auto k = static_cast<std::size_t>(seen.label);
  pen.text(out, {pen.gap, side + foot - 2 * pen.gap},
           face_caption(recognizer.classes[k], seen.probability[k], seen.uncertain), rgb(0x000000));
  return out;
}

}  // namespace mueca
