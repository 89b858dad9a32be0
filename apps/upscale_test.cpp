// mueca data train-upscaler and upscale, end to end on drawn faces.
#include <gtest/gtest.h>

#include "apps/tool_test.h"
#include "core/files/atomic_file.h"
#include "core/files/sha256.h"
#include "core/files/share.h"
#include "data/faces.h"
#include "data/upscale.h"

namespace fs = std::filesystem;

namespace mueca {
namespace {

class UpscaleCommand : public testing::Test {
 protected:
  void SetUp() override {
    Pack pack = generate_faces({.training = 56, .public_test = 14, .private_test = 7, .size = 48});
    pack.votes.assign(static_cast<std::size_t>(pack.size()) * Pack::kVotes, 0);
    for (std::size_t i = 0; i < pack.votes.size(); ++i) pack.votes[i] = static_cast<std::uint8_t>(i % 11);
    save_pack(pack, folder_ / "48.h5");
  }
  ToolOutput data(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "data");
    return run_mueca(arguments);
  }
  void expect_refused(const std::vector<std::string>& arguments, int code, const std::string& sentence) const {
    auto all = arguments;
    all.insert(all.end(), {"--out", folder_ / "no.h5"});
    const ToolOutput output = data(all);
    EXPECT_EQ(output.code, code) << output.err;
    EXPECT_NE(output.err.find(sentence), std::string::npos) << output.err;
    EXPECT_FALSE(fs::exists(folder_ / "no.h5"));
  }
  TestFolder folder_;
};

#if MUECA_HAVE_OPENCV
TEST_F(UpscaleCommand, TrainsANetworkAndUsesItTheSameTwice) {
  constexpr std::size_t kMost = 100 << 20;  // bytes
  for (const char* name : {"a", "b"}) {
    const std::string net = folder_ / str(name, ".net.h5"), pack = folder_ / str(name, ".h5");
    const ToolOutput trained = data({"train-upscaler", folder_ / "48.h5", "--out", net, "--epochs", "1", "--batch", "4",
                                     "--seed", "3", "--threads", "1"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_NE(trained.out.find("public_test: 14 images"), std::string::npos) << trained.out;
    for (const char* row : {"bicubic", "Lanczos", "ESPCN"}) EXPECT_NE(trained.out.find(row), std::string::npos) << row;
    EXPECT_NE(trained.err.find("epoch 1/1  rms error"), std::string::npos) << trained.err;
    const ToolOutput done = data({"upscale", folder_ / "48.h5", "--method", "espcn", "--network", net, "--out", pack});
    ASSERT_EQ(done.code, 0) << done.err;
  }
  EXPECT_EQ(read_file(folder_ / "a.net.h5", kMost), read_file(folder_ / "b.net.h5", kMost));
  EXPECT_EQ(read_file(folder_ / "a.h5", kMost), read_file(folder_ / "b.h5", kMost));
  const Pack small = load_pack(folder_ / "48.h5"), large = load_pack(folder_ / "a.h5");
  EXPECT_EQ(large.images.shape(), Shape({77, 96, 96}));
  EXPECT_EQ(large.label, small.label);
  EXPECT_EQ(large.split, small.split);
  EXPECT_EQ(large.votes, small.votes);
  EXPECT_NE(large.provenance.find("upscale: espcn, factor 2, network " + sha256_file(folder_ / "a.net.h5") + ", of " +
                                  small.sha256),
            std::string::npos)
      << large.provenance;
}

// Halved and enlarged again, faces that it never saw in training come back closer than bicubic brings them.
TEST_F(UpscaleCommand, TheNetworkThatShipsBeatsBicubic) {
  const Pack truth = load_pack(folder_ / "48.h5");
  Pack halves = with_images(truth, downscale_images(truth.images, 2), "halved");
  save_pack(halves, folder_ / "24.h5");
  const ToolOutput done = data({"upscale", folder_ / "24.h5", "--method", "espcn", "--out", folder_ / "back.h5"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_GT(psnr(load_pack(folder_ / "back.h5").images, truth.images),
            psnr(upscale_images(halves.images, 2, Resampler::bicubic), truth.images) + 0.3);
}
#endif

TEST_F(UpscaleCommand, SaysWhatIsWrong) {
  const std::string pack = folder_ / "48.h5";
  expect_refused({"upscale", pack, "--method", "espcn", "--network", pack}, 1,
                 "48.h5: is not an ESPCN network of mueca");
  expect_refused({"upscale", pack, "--method", "espcn", "--network", folder_ / "none.h5"}, 1, "none.h5");
  expect_refused({"upscale", pack, "--method", "espcn", "--factor", "3"}, 2, "the network that ships is for factor 2");
  const std::string shipped = (share_folder("weights") / "espcn_x2_fer2013.h5").string();
  expect_refused({"upscale", pack, "--method", "espcn", "--factor", "3", "--network", shipped}, 1,
                 "espcn_x2_fer2013.h5: is a network for factor 2, not 3");
  expect_refused({"upscale", pack, "--network", pack}, 2, "--network is for --method espcn");
  expect_refused({"train-upscaler", pack, "--check-split", "training"}, 2, "another split");
  expect_refused({"train-upscaler", pack, "--split", "nowhere"}, 1, "nowhere");
}

}  // namespace
}  // namespace mueca
