// mueca embed, end to end.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/tool_test.h"
#include "core/files/atomic_file.h"
#include "data/faces.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

using nlohmann::json;

std::string file(const fs::path& path) { return read_file(path, 64 << 20); }

json data_of(const std::string& page) {
  const std::string open = "<script id=\"data\" type=\"application/json\">";
  const std::size_t begin = page.find(open) + open.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

// Numbers of `size` bytes, low byte first, from base64.
std::vector<std::uint32_t> column(const json& text, std::size_t size) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::uint32_t> bytes, values;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text.get<std::string>()) {
    if (c == '=') break;
    held = held << 6 | static_cast<std::uint32_t>(digits.find(c));
    if ((bits += 6) >= 8) bytes.push_back(held >> (bits -= 8) & 255);
  }
  for (std::size_t i = 0; i + size <= bytes.size(); i += size) {
    std::uint32_t value = 0;
    for (std::size_t b = 0; b < size; ++b) value |= bytes[i + b] << (8 * b);
    values.push_back(value);
  }
  return values;
}

std::vector<std::vector<std::string>> lines_of(const std::string& csv) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream in(csv);
  for (std::string line; std::getline(in, line);) {
    lines.emplace_back();
    std::istringstream cells(line + ",");
    for (std::string cell; std::getline(cells, cell, ',');) lines.back().push_back(cell);
  }
  return lines;
}

class EmbedCommand : public testing::Test {
 protected:
  void SetUp() override {
    FacesConfig config;
    config.training = 42, config.public_test = 7, config.private_test = 35;
    Pack pack = generate_faces(config);
    save_pack(pack, folder_ / "faces.h5");
  }
  ToolOutput embed(const std::string& out, std::vector<std::string> more) const {
    std::vector<std::string> all = {"embed", "--data", folder_ / "faces.h5", "--out", folder_ / out};
    all.insert(all.end(), more.begin(), more.end());
    for (const auto& [flag, value] : {std::pair{"--iterations", "100"}, {"--perplexity", "5"}})
      if (std::ranges::find(more, flag) == more.end()) all.insert(all.end(), {flag, value});
    return run_mueca(all);
  }
  // A network of the pack's classes, hardly trained.
  std::string checkpoint() const {
    const ToolOutput done = run_mueca({"train", "--data", folder_ / "faces.h5", "--model", "baseline_cnn", "--size",
                                       "24", "--set", "variant=gap", "--set", "width=0.25", "--batch", "16", "--epochs",
                                       "1", "--out", folder_ / "runs", "--threads", "1"});
    EXPECT_EQ(done.code, 0) << done.err;
    const fs::path run = fs::directory_iterator(fs::path(folder_ / "runs") / "single" / "baseline_cnn")->path();
    return (run / "checkpoints" / "best.h5").string();
  }
  TestFolder folder_;
};

TEST_F(EmbedCommand, PageAndTableHoldEveryPoint) {
  const ToolOutput done = embed("map", {"--split", "private_test", "--threads", "1"});
  ASSERT_EQ(done.code, 0) << done.err;
  for (const char* said : {"KL divergence", "nearest neighbours kept", "leave one out", "training -> private_test"})
    EXPECT_NE(done.out.find(said), std::string::npos) << done.out;
  const fs::path map = folder_ / "map";
  for (const char* name : {"scree", "eigenfaces", "scatter-pca-class", "scatter-tsne-class"})
    for (const char* end : {".svg", ".png"}) EXPECT_TRUE(fs::exists(map / (std::string(name) + end))) << name;
  EXPECT_FALSE(fs::exists(map / "scatter-pca-prediction.svg"));

  const auto lines = lines_of(file(map / "embedding.csv"));
  ASSERT_EQ(lines.size(), 36u);
  EXPECT_EQ(lines[0],
            (std::vector<std::string>{"row", "label", "predicted", "confidence", "pca1", "pca2", "tsne1", "tsne2"}));
  const json data = data_of(file(map / "explorer.html"));
  EXPECT_EQ(data.at("count"), 35);
  const auto row = column(data.at("row"), 4), label = column(data.at("label"), 1);
  ASSERT_EQ(row.size(), 35u);
  ASSERT_EQ(label.size(), 35u);
  for (const auto& [name, first] : {std::pair<std::string, std::size_t>{"t-SNE", 6}, {"PCA", 4}}) {
    const json& maps = data.at("projections");
    const auto shown = std::ranges::find_if(maps, [&](const json& p) { return p.at("name") == name; });
    ASSERT_NE(shown, maps.end());
    const auto xy = column(shown->at("xy"), 2);
    ASSERT_EQ(xy.size(), 70u);
    const double half = shown->at("half");
    for (std::size_t i = 0; i < 35; ++i) {
      EXPECT_EQ(lines[i + 1][0], std::to_string(row[i]));
      EXPECT_EQ(lines[i + 1][1], data.at("classes").at(label[i]).at("name"));
      for (std::size_t axis = 0; axis < 2; ++axis) {
        const double place = shown->at("middle").at(axis).get<double>() + half * (xy[2 * i + axis] / 32767.5 - 1);
        EXPECT_NEAR(place, std::stod(lines[i + 1][first + axis]), half / 60000) << name << " of row " << row[i];
      }
    }
  }
  const json summary = json::parse(file(map / "embedding.json"));
  EXPECT_EQ(summary.at("images"), 35);
  EXPECT_GT(summary.at("tsne").at("kl"), 0);
  EXPECT_GT(summary.at("pca").at("explained").at(0), summary.at("pca").at("explained").at(1));
  EXPECT_EQ(summary.at("knn").at("accuracy").size(), 4u);
  EXPECT_EQ(file(map / "embedding.json").find(folder_.path().string()), std::string::npos) << "names a path";
}

TEST_F(EmbedCommand, SameCommandSameBytes) {
  ASSERT_EQ(embed("a", {"--threads", "1"}).code, 0);
  ASSERT_EQ(embed("b", {"--threads", "2"}).code, 0);
  ASSERT_EQ(embed("c", {"--threads", "1", "--exaggeration", "4"}).code, 0);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "a")) {
    EXPECT_TRUE(file(entry.path()) == file(fs::path(folder_ / "b") / entry.path().filename())) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 11);
  EXPECT_NE(file(folder_ / "a/explorer.html"), file(folder_ / "c/explorer.html"));
}

TEST_F(EmbedCommand, ShowsALayerAndWhatItsNetworkPredicts) {
  const std::string network = checkpoint();
  const ToolOutput done = embed("map", {"--checkpoint", network, "--limit", "30", "--method", "tsne"});
  ASSERT_EQ(done.code, 0) << done.err;
  const fs::path map = folder_ / "map";
  for (const char* there : {"scree.png", "scatter-tsne-class.svg", "scatter-tsne-prediction.svg"})
    EXPECT_TRUE(fs::exists(map / there)) << there;
  for (const char* absent : {"eigenfaces.png", "scatter-pca-class.png"}) EXPECT_FALSE(fs::exists(map / absent));
  EXPECT_NE(done.out.find("no eigenfaces"), std::string::npos);

  // The same answers as the network gives elsewhere.
  ASSERT_EQ(run_mueca({"evaluate", "--checkpoint", network, "--data", folder_ / "faces.h5", "--split", "training",
                       "--out", folder_ / "said"})
                .code,
            0);
  std::map<std::string, std::string> said;
  for (const auto& line : lines_of(file(folder_ / "said/predictions.csv"))) said[line[0]] = line[2];
  std::size_t compared = 0;
  for (const auto& line : lines_of(file(map / "embedding.csv"))) {
    if (!said.contains(line[0])) continue;
    EXPECT_EQ(line[2], said[line[0]]) << "row " << line[0];
    ++compared;
  }
  EXPECT_GT(compared, 10u);
  const json data = data_of(file(map / "explorer.html"));
  EXPECT_EQ(data.at("projections").size(), 1u);
  EXPECT_EQ(column(data.at("predicted"), 1).size(), 30u);
  for (const auto share : column(data.at("confidence"), 2)) EXPECT_GE(share / 65535.0, 1.0 / 7 - 1e-4);

  // Pixels may be coloured by the same predictions.
  const ToolOutput pixels = embed("pixels", {"--predictions-of", network, "--limit", "30", "--method", "pca"});
  ASSERT_EQ(pixels.code, 0) << pixels.err;
  EXPECT_EQ(data_of(file(folder_ / "pixels/explorer.html")).at("predicted"), data.at("predicted"));

  const ToolOutput unknown = embed("no", {"--checkpoint", network, "--layer", "featurs"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find(", did you mean \"features\"?"), std::string::npos) << unknown.err;
  EXPECT_FALSE(fs::exists(folder_ / "no"));
}

TEST_F(EmbedCommand, HogNeedsOpenCvAndSaysSo) {
  const ToolOutput done = embed("hog", {"--features", "hog", "--method", "pca"});
#if MUECA_HAVE_OPENCV
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(json::parse(file(folder_ / "hog/embedding.json")).at("features").at("width"), 900);
#else
  EXPECT_EQ(done.code, 1);
  EXPECT_NE(done.err.find("no OpenCV"), std::string::npos) << done.err;
#endif
}

TEST_F(EmbedCommand, SaysWhatIsWrong) {
  const auto expect = [&](const std::vector<std::string>& more, int code, const std::string& sentence) {
    const ToolOutput output = embed("no", more);
    EXPECT_EQ(output.code, code) << output.err;
    EXPECT_NE(output.err.find(sentence), std::string::npos) << output.err;
    EXPECT_FALSE(fs::exists(folder_ / "no"));
  };
  expect({"--features", "layer"}, 2, "needs --checkpoint");
  expect({"--layer", "features"}, 2, "--layer is for");
  expect({"--features", "pixels", "--checkpoint", "x.h5"}, 2, "--predictions-of");
  expect({"--features", "colours"}, 2, "colours");
  expect({"--split", "training", "--rows", "1-9"}, 2, "not both");
  expect({"--split", "nowhere"}, 1, "nowhere");
  expect({"--rows", "84"}, 1, "beyond the last row, 83");
  expect({"--limit", "10"}, 1, "perplexity 5 asks for at least 16 images, there are 10");
  expect({"--rows", "1-2", "--method", "pca"}, 1, "make no map");
  expect({"--perplexity", "0.5"}, 2, "--perplexity");
  expect({"--checkpoint", folder_ / "faces.h5"}, 1, "faces.h5");
  expect({"--predictions-of", folder_ / "absent.h5"}, 1, "absent.h5");
}

}  // namespace
}  // namespace mueca
