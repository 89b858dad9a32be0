#include "apps/figures/canvas.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "apps/figures/axes.h"
#include "apps/figures/confusion.h"
#include "apps/figures/curves.h"
#include "apps/figures/palette.h"
#include "apps/figures/testing.h"
#include "apps/tool_test.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "data/pack.h"

namespace mueca {
namespace {

// Width and height in the header of a PNG file.
std::pair<unsigned, unsigned> png_size(const std::string& png) {
  const auto number = [&](std::size_t at) {
    unsigned n = 0;
    for (std::size_t i = 0; i < 4; ++i) n = n << 8 | static_cast<unsigned char>(png[at + i]);
    return n;
  };
  return {number(16), number(20)};
}

TEST(Canvas, EqualPicturesGiveEqualBytesInBothFormats) {
  const auto draw = [] {
    Canvas canvas(120, 80, "a <b> & \"c\"", "what it shows");
    canvas.rectangle(10, 10, 30, 20, kBlue, 0.5);
    canvas.line({{0, 0}, {50.3333, 60}}, {kVermillion, 2, true});
    canvas.dot(60, 40, 5, kInk);
    canvas.text(60, 70, "5 < 7", {12, kInk, Anchor::middle, true, true});
    return canvas;
  };
  const Canvas a = draw(), b = draw();
  EXPECT_EQ(a.svg(), b.svg());
  EXPECT_EQ(a.png(), b.png());
  EXPECT_NE(a.svg().find("<title>a &lt;b&gt; &amp; &quot;c&quot;</title>"), std::string::npos);
  EXPECT_NE(a.svg().find(">5 &lt; 7</text>"), std::string::npos);
  EXPECT_NE(a.svg().find("50.33 60"), std::string::npos);  // at most two decimals
  EXPECT_EQ(a.png().substr(1, 3), "PNG");
  EXPECT_EQ(png_size(a.png()), (std::pair{240u, 160u}));
  EXPECT_THROW(Canvas(0, 10, "", ""), Error);
  EXPECT_THROW(Canvas(1e6, 10, "", ""), Error);
}

TEST(Canvas, ImagesAreEmbedded) {
  Canvas canvas(40, 40, "t", "d");
  canvas.image(4, 4, 16, 16, gray_raster(std::vector<std::uint8_t>{0, 255, 255, 0}, 2, 2));
  canvas.image(20, 20, 16, 16, {1, 1, {255, 0, 0, 128}}, 0.4);
  const std::string svg = canvas.svg();
  EXPECT_EQ(count(svg, "href=\"data:image/png;base64,iVBOR"), 2u);
  EXPECT_EQ(count(svg, " opacity=\"0.4\""), 1u);
  EXPECT_EQ(canvas.png(), canvas.png());
  EXPECT_THROW(canvas.image(0, 0, 1, 1, {2, 2, {0, 0, 0, 0}}), Error);
  EXPECT_THROW(gray_raster(std::vector<std::uint8_t>{1, 2, 3}, 2, 2), Error);
  const Raster scaled = gray_raster(std::vector<float>{-1, 0, 1, NAN}, 4, 1);
  EXPECT_EQ(scaled.rgba[0], 0);
  EXPECT_EQ(scaled.rgba[8], 255);
  EXPECT_EQ(scaled.rgba[12], 128);
}

TEST(Canvas, PixelsStandInTheirPlaceInTheOrder) {
  Canvas canvas(40, 40, "t", "d");
  canvas.dot(5, 5, 2, kInk);
  canvas.begin_pixels();
  EXPECT_THROW(canvas.begin_pixels(), Error);
  for (int i = 0; i < 100; ++i) canvas.dot(10 + 0.2 * i, 20, 2, kBlue, 0.5);
  canvas.end_pixels();
  canvas.text(5, 35, "after");
  EXPECT_THROW(canvas.end_pixels(), Error);
  const std::string svg = canvas.svg();
  EXPECT_EQ(count(svg, "<circle"), 1u);
  EXPECT_EQ(count(svg, "<image"), 1u);
  EXPECT_LT(svg.find("<circle"), svg.find("<image"));
  EXPECT_LT(svg.find("<image"), svg.find(">after<"));
  canvas.begin_pixels();
  canvas.end_pixels();  // of nothing: nothing
  EXPECT_EQ(canvas.svg(), svg);
}

TEST(Canvas, WritesBothFilesOrSaysWhyNot) {
  const TestFolder folder;
  const Canvas canvas(20, 20, "t", "d");
  canvas.write(folder / "plot");
  EXPECT_EQ(read_file(folder / "plot.svg", 1 << 20), canvas.svg());
  EXPECT_EQ(read_file(folder / "plot.png", 1 << 20), canvas.png());
  EXPECT_THROW(canvas.write(folder / "plot.svg/plot"), Error);  // a file is no folder
}

TEST(Palette, EachEmotionHasAColourOfItsOwn) {
  for (const std::string& a : emotion_names())
    for (const std::string& b : emotion_names()) EXPECT_EQ(emotion_color(a) == emotion_color(b), a == b) << a << b;
  for (int i = 0; i < 14; ++i) EXPECT_GE(contrast(readable(series_color(i)), kWhite), 4.5) << i;
  EXPECT_EQ(class_color("sad", 3), emotion_color("sad"));
  EXPECT_EQ(class_color("thoughtful", 3), series_color(3));
  for (double share = 0; share < 0.99; share += 0.02)
    EXPECT_LT(luminance(inferno(share)), luminance(inferno(share + 0.02)));
  for (double share = 0; share < 0.99; share += 0.02)
    EXPECT_GT(luminance(blues(share)), luminance(blues(share + 0.02)));
}

TEST(Axes, TicksAreRoundAndInside) {
  EXPECT_EQ(round_ticks(0, 100, 5), (std::vector<double>{0, 20, 40, 60, 80, 100}));
  EXPECT_EQ(round_ticks(1, 40, 10), (std::vector<double>{5, 10, 15, 20, 25, 30, 35, 40}));
  EXPECT_EQ(round_ticks(3, 3, 5), (std::vector<double>{3}));
  EXPECT_FALSE(std::signbit(round_ticks(-0.0, 2, 4).front()));
  const Axes axes({100, 50, 200, 100}, {0, 10}, {0, 1});
  EXPECT_DOUBLE_EQ(axes.x(5), 200);
  EXPECT_DOUBLE_EQ(axes.y(1), 50);
  EXPECT_DOUBLE_EQ(axes.y(0), 150);
  const Axes decades({0, 0, 10, 100}, {0, 1}, {1e-4, 1, true});
  EXPECT_NEAR(decades.y(1e-2), 50, 1e-9);
  EXPECT_NEAR(round_scale({0.61, 0.73, NAN}).low, 0.6, 1e-12);
  EXPECT_EQ(round_scale({}).high, 1);
}

TEST(ConfusionFigure, ShowsSharesAndCounts) {
  ConfusionMatrix matrix(3);
  for (int i = 0; i < 8; ++i) matrix.add(0, i < 7 ? 0 : 1);
  matrix.add(1, 1);
  const std::string svg = confusion_figure(matrix, {"happy", "sad", "neutral"}, "A title").svg();
  EXPECT_NE(svg.find(">87.5</text>"), std::string::npos);
  EXPECT_NE(svg.find(">12.5</text>"), std::string::npos);
  EXPECT_NE(svg.find("n = 9; accuracy 88.9 %"), std::string::npos);
  EXPECT_EQ(count(svg, ">-</text>"), 3u);  // no image of the third class
  EXPECT_EQ(count(svg, "A title"), 2u);
  EXPECT_THROW(confusion_figure(matrix, {"happy"}, ""), Error);
  const std::string summed = confusion_figure(matrix, {"happy", "sad", "neutral"}, "A title", 3).svg();
  EXPECT_NE(summed.find("n = 3, sum over 3 seeds; accuracy 88.9 %"), std::string::npos);
  EXPECT_EQ(count(summed, "interval"), 0u);
}

TEST(ConfusionFigure, StaysLegible) {
  for (const int classes : {1, 2, 7, 40}) {
    ConfusionMatrix matrix(classes);
    std::vector<std::string> names;
    for (int k = 0; k < classes; ++k) {
      for (int i = 0; i < 1000; ++i) matrix.add(k, i % 3 ? k : i % classes);
      names.push_back(classes == 7 ? emotion_names()[static_cast<std::size_t>(k)]
                                   : str("a name that goes on and on ", k));
    }
    SCOPED_TRACE(classes);
    expect_legible(
        confusion_figure(matrix, names, "A title that is so long that it does not fit into one line, nor should it"));
  }
}

TEST(CurvesFigure, DrawsWhatARunRecorded) {
  const TestFolder folder;
  std::string lines;
  for (int i = 1; i <= 5; ++i)
    lines +=
        str("{\"epoch\":", i, ",\"train_loss\":", 2.0 / i, ",\"train_accuracy\":0.", i, ",\"select_loss\":", 2.2 / i,
            ",\"select_accuracy\":0.", i, ",\"best_accuracy\":0.5,\"best_epoch\":5,\"learning_rate\":0.01}\n");
  write_file_atomically(folder / "metrics.jsonl", lines);
  const auto epochs = read_epochs(folder / "metrics.jsonl");
  ASSERT_EQ(epochs.size(), 5u);
  EXPECT_EQ(epochs[3].train_loss, 0.5);
  const Canvas canvas = curves_figure(epochs, "run");
  expect_legible(canvas);
  const std::string svg = canvas.svg();
  EXPECT_NE(svg.find("best 50.0 % in epoch 5"), std::string::npos);
  EXPECT_NE(svg.find("the accuracy axis starts at 10 %"), std::string::npos);
  EXPECT_EQ(count(svg, "nan"), 0u);
}

TEST(CurvesFigure, TakesOneEpochAndNoSelection) {
  EpochFigures e;
  e.epoch = 1, e.train_loss = 1, e.train_accuracy = 0.4, e.learning_rate = 0.1;
  e.select_loss = e.select_accuracy = std::numeric_limits<double>::quiet_NaN();
  expect_legible(curves_figure(std::vector{e}, "short"));
  const std::string svg = curves_figure(std::vector{e}, "short").svg();
  EXPECT_NE(svg.find("no selection split"), std::string::npos);
  EXPECT_EQ(count(svg, "nan") + count(svg, "inf"), 0u);
  EXPECT_THROW(curves_figure({}, "empty"), Error);
}

TEST(CurvesFigure, NamesTheLineThatIsNoRecord) {
  const TestFolder folder;
  write_file_atomically(folder / "m.jsonl", "{\"epoch\":1}\n{\"epoch\":\"x\"}\n");
  try {
    read_epochs(folder / "m.jsonl");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos);
  }
}

}  // namespace
}  // namespace mueca
