#include "apps/figures/scatter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "apps/figures/image_grid.h"
#include "apps/figures/scree.h"
#include "apps/figures/testing.h"
#include "core/error.h"
#include "data/pack.h"

namespace mueca {
namespace {

struct Cloud {
  std::vector<float> points;
  std::vector<std::int32_t> labels;
};

Cloud cloud(int n, int classes) {  // a spiral
  Cloud c;
  for (int i = 0; i < n; ++i) {
    const float angle = 2.4f * static_cast<float>(i), r = std::sqrt(static_cast<float>(i));
    c.points.push_back(r * std::cos(angle)), c.points.push_back(r * std::sin(angle));
    c.labels.push_back(i % classes);
  }
  return c;
}

TEST(Scatter, DrawsAndNamesEachClass) {
  const Cloud c = cloud(70, 7);
  const Canvas canvas = scatter_figure(c.points, c.labels, emotion_names(), {"A title", "seed 1", "x", "y"});
  expect_legible(canvas);
  const std::string svg = canvas.svg();
  EXPECT_NE(svg.find("seed 1; n = 70"), std::string::npos);
  for (const std::string& name : emotion_names()) {
    EXPECT_NE(svg.find(">" + name + " (10)<"), std::string::npos) << name;
    EXPECT_NE(svg.find(">" + name + "<"), std::string::npos) << name;  // at its middle
  }
  EXPECT_EQ(count(svg, "<image"), 0u);
}

TEST(Scatter, ManyPointsBecomeOneImage) {
  const Cloud c = cloud(5000, 7);
  const Canvas canvas = scatter_figure(c.points, c.labels, emotion_names(), {"Many", "", "x", "y", false});
  expect_legible(canvas);
  const std::string svg = canvas.svg();
  EXPECT_EQ(count(svg, "<image"), 1u);
  EXPECT_LT(count(svg, "<path"), 60u);
}

TEST(Scatter, LeavesOutWhatHasNoPlace) {
  const float none = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> points{1, 2, none, 3, 4, 5};
  const std::vector<std::int32_t> labels{0, 0, 1};
  const Canvas canvas = scatter_figure(points, labels, {"a", "b"}, {"T", "", "x", "y"});
  expect_legible(canvas);
  EXPECT_NE(canvas.svg().find("n = 2; 1 without a finite place left out"), std::string::npos);
  EXPECT_THROW(scatter_figure(points, std::vector<std::int32_t>{0, 1, 2}, {"a", "b"}, {}), Error);
  EXPECT_THROW(scatter_figure(points, std::vector<std::int32_t>{0}, {"a"}, {}), Error);
}

TEST(Scatter, TakesNoPointOnePointAndFortyClasses) {
  expect_legible(scatter_figure({}, {}, {"a"}, {"None", "", "x", "y"}));
  expect_legible(scatter_figure(std::vector<float>{5, 5}, std::vector<std::int32_t>{0}, {"a"}, {"One", "", "x", "y"}));
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back(str("a class whose name is rather long, number ", i));
  const Cloud c = cloud(400, 40);
  expect_legible(scatter_figure(c.points, c.labels, names, {"Forty", "", "x", "y"}));
}

TEST(Scree, AddsUpAndMarksTheShares) {
  const std::vector<double> shares{0.6, 0.25, 0.1, 0.05};
  const Canvas canvas = scree_figure(shares, "Variance");
  expect_legible(canvas);
  const std::string svg = canvas.svg();
  EXPECT_NE(svg.find("1 component: 50 %"), std::string::npos);
  EXPECT_NE(svg.find("2 components: 80 %"), std::string::npos);
  EXPECT_NE(svg.find("3 components: 95 %"), std::string::npos);
  EXPECT_NE(svg.find("4 components explain 100.0 % of the variance"), std::string::npos);
  expect_legible(scree_figure(std::vector<double>{1}, "One"));
  expect_legible(scree_figure(std::vector<double>(200, 0.005), "Many"));
  EXPECT_THROW(scree_figure({}, ""), Error);
  EXPECT_THROW(scree_figure(std::vector<double>{1.5}, ""), Error);
}

TEST(ImageGrid, PlacesCellsRowByRow) {
  ImageGrid grid;
  grid.title = "Faces", grid.facts = "two rows", grid.columns = 3;
  grid.row_names = {"the first row", "a row with a name that goes on and on and on and on"};
  grid.head_words = {"one", "two", "three"};
  for (int i = 0; i < 5; ++i)
    grid.cells.push_back(
        {gray_raster(std::vector<std::uint8_t>(6, 200), 3, 2), {}, 0.4, {str("cell ", i), "words that are too long"}});
  grid.cells[1].overlay = gray_raster(std::vector<float>{0, 1, 2, 3}, 2, 2);
  const Canvas canvas = image_grid(grid);
  expect_legible(canvas);
  EXPECT_EQ(count(canvas.svg(), "<image"), 6u);
  grid.cells.resize(1), grid.row_names = {}, grid.head_words = {}, grid.cells[0].image = {};
  expect_legible(image_grid(grid));
  grid.cells.clear();
  EXPECT_THROW(image_grid(grid), Error);
}

}  // namespace
}  // namespace mueca
