#include "data/clips.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "data/balance.h"
#include "data/face.h"
#include "data/faces.h"
#include "data/loader.h"
#include "data/merge.h"
#include "data/split.h"
#include "data/testing.h"

namespace mueca {
namespace {

// Clips 7 (happy, 5 frames) and 2 (sad, 3 frames), a still before, between and behind them; shade 10 * row.
Pack clip_pack() {
  const std::vector<std::int32_t> labels{6, 3, 3, 3, 3, 3, 6, 4, 4, 4, 6};
  std::vector<int> shades;
  for (int i = 0; i < 11; ++i) shades.push_back(10 * i);
  Pack pack = small_pack(labels, shades);
  pack.clip = {0, 7, 7, 7, 7, 7, 0, 2, 2, 2, 0};
  return pack;
}

std::vector<Index> all_rows(const Pack& pack) {
  std::vector<Index> rows(static_cast<std::size_t>(pack.size()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

TEST(Clips, OneRowPerClipAndItsFramesSoFar) {
  const Pack pack = clip_pack();
  check_pack(pack, "clips");
  EXPECT_EQ(first_of_clip(pack, 4), 1);
  EXPECT_EQ(first_of_clip(pack, 6), 6);
  EXPECT_EQ(clip_rows(pack, all_rows(pack)), (std::vector<Index>{5, 9}));
  EXPECT_EQ(clip_rows(pack, all_rows(pack), 0), (std::vector<Index>{1, 7}));
  EXPECT_EQ(clip_rows(pack, all_rows(pack), 0.5f), (std::vector<Index>{3, 8}));
  const auto frames = [&](Index row, int count) { return frames_of(pack, std::vector<Index>{row}, count); };
  EXPECT_EQ(frames(5, 5), (std::vector<Index>{1, 2, 3, 4, 5}));
  EXPECT_EQ(frames(5, 3), (std::vector<Index>{1, 3, 5}));
  EXPECT_EQ(frames(5, 2), (std::vector<Index>{1, 5}));
  EXPECT_EQ(frames(5, 7), (std::vector<Index>{1, 1, 1, 2, 3, 4, 5}));
  EXPECT_EQ(frames(2, 4), (std::vector<Index>{1, 1, 1, 2}));
  EXPECT_EQ(frames(6, 2), (std::vector<Index>{6, 6}));
  EXPECT_EQ(frames_of(pack, std::vector<Index>{9, 2}, 1), (std::vector<Index>{9, 2}));
  EXPECT_EQ(message_of([] { clip_rows(small_pack({0}), std::vector<Index>{0}); }),
            "clips: the pack has none; 'mueca data faces --clips' or 'mueca data import' makes one");
}

TEST(Clips, TheFileKeepsThemAndStillsKeepTheirHash) {
  const TempFolder folder;
  Pack pack = clip_pack(), stills = clip_pack();
  stills.clip.clear();
  save_pack(pack, folder.path() / "clips.h5");
  EXPECT_EQ(load_pack(folder.path() / "clips.h5").clip, pack.clip);
  EXPECT_NE(pack.sha256, hash_pack(stills));
  // As it was before there were clips.
  EXPECT_EQ(hash_pack(small_pack({0, 3, 6})), "2e150a709a19a9c1b05145ca17142314658d3ff70e993482a0cd1714f512120e");
}

TEST(Clips, TornOnesAreRefused) {
  const auto message = [](auto change) {
    Pack pack = clip_pack();
    change(pack);
    return message_of([&] { check_pack(pack, "p"); });
  };
  EXPECT_EQ(message([](Pack& p) { p.clip[10] = 7; }), "p: clip: the frames of clip 7 do not lie together: row 10");
  EXPECT_EQ(message([](Pack& p) { p.label[3] = 0; }),
            "p: clip: row 3 has another label or split than the frame before it");
  EXPECT_EQ(message([](Pack& p) { p.split[8] = 1; }),
            "p: clip: row 8 has another label or split than the frame before it");
  EXPECT_EQ(message([](Pack& p) { p.clip.pop_back(); }), "p: clip: expected 11 entries, got 10");
  EXPECT_EQ(message_of([] { balance_pack(clip_pack(), {}); }),
            "balance: the pack holds clips; use balanced sampling while training instead");
}

TEST(Clips, SplitAndMergeKeepThemWhole) {
  Pack pack = clip_pack();
  SplitOptions options;
  options.parts = parse_parts("a=1,b=1");
  split_pack(pack, options);
  check_pack(pack, "split");
  const Pack packs[] = {clip_pack(), small_pack({5}), clip_pack()};
  const Pack both = merge_packs(packs, LabelMap());
  check_pack(both, "merged");
  EXPECT_EQ(both.clip[1], 7u);
  EXPECT_EQ(both.clip[11], 0u);
  EXPECT_EQ(both.clip[13], 14u);
  EXPECT_EQ(clip_rows(both, all_rows(both)).size(), 4u);
}

TEST(Clips, ALoaderDrawsAllFramesAlike) {
  const Pack pack = clip_pack();
  LoaderConfig config;
  config.batch_size = 2, config.policy.flip = 0.5f, config.policy.brightness = 0.2f;
  const ImageFormat format{4, 1, 1, 0, 3};
  Loader loader(pack, clip_rows(pack, all_rows(pack)), format, config);
  const LoadedBatch batch = loader.get(0, 0);
  EXPECT_EQ(batch.x.shape(), (Shape{2, 3, 4, 4, 1}));
  EXPECT_EQ(batch.targets.shape(), (Shape{2, 7}));
  for (Index n = 0; n < 2; ++n) {
    const bool happy = batch.rows[static_cast<std::size_t>(n)] == 5;
    const float step = happy ? 20 : 10, *x = batch.x.data() + n * 3 * 16;
    EXPECT_NEAR(x[16] - x[0], step, 1e-3);  // one brightness for the clip
    EXPECT_NEAR(x[32] - x[16], step, 1e-3);
    EXPECT_EQ(batch.targets.data()[n * 7 + (happy ? 3 : 4)], 1);
  }
  config.policy = {}, config.policy.cut = 0.5f;
  Loader cutting(pack, clip_rows(pack, all_rows(pack)), format, config);
  std::set<float> ends;  // shades of the happy clip's last frame
  for (std::uint32_t epoch = 0; epoch < 40; ++epoch) {
    const LoadedBatch cut = cutting.get(epoch, 0);
    for (Index n = 0; n < 2; ++n)
      if (cut.rows[static_cast<std::size_t>(n)] == 5) ends.insert(cut.x.data()[(n * 3 + 2) * 16]);
  }
  EXPECT_EQ(ends, (std::set<float>{30, 40, 50}));
  config.policy = {}, config.policy.mixup = 1;
  const LoadedBatch mixed = Loader(pack, clip_rows(pack, all_rows(pack)), format, config).get(0, 0);
  for (Index n = 0; n < 2; ++n) {  // frame by frame: shades and targets mix with the same weight
    const float *t = mixed.targets.data() + n * 7, *x = mixed.x.data() + n * 3 * 16;
    const auto shade = [&](int frame) { return t[3] * float(10 + 20 * frame) + t[4] * float(70 + 10 * frame); };
    for (int frame = 0; frame < 3; ++frame) EXPECT_NEAR(x[16 * frame], shade(frame), 1e-3) << frame;
  }
  EXPECT_EQ(load_view(pack.images, frames_of(pack, std::vector<Index>{5}, 3), {}, format).shape(),
            (Shape{1, 3, 4, 4, 1}));
  EXPECT_EQ(message_of([&] {
              load_view(pack.images, std::vector<Index>{1, 2}, {}, format);
            }),
            "load: 2 rows do not make clips of 3");
}

TEST(Clips, BuiltInOnesLeadFromNeutralToTheStill) {
  FacesConfig config;
  config.training = 14, config.public_test = 0, config.private_test = 7;
  const Pack stills = generate_faces(config);
  config.frames = 5;
  const Pack clips = generate_faces(config);
  check_pack(clips, "clips");
  EXPECT_EQ(clips.size(), 5 * 21);
  const auto ends = clip_rows(clips, all_rows(clips));
  ASSERT_EQ(ends.size(), 21u);
  const auto distance = [&](std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return sum / static_cast<double>(a.size());
  };
  for (std::size_t i = 0; i < ends.size(); ++i) {
    EXPECT_EQ(clips.label[static_cast<std::size_t>(ends[i])], stills.label[i]);
    EXPECT_EQ(distance(clips.image(ends[i]), stills.image(static_cast<Index>(i))), 0) << i;
    for (Index t = 1; t < 5; ++t)  // every frame moves, if only by its noise
      EXPECT_GT(distance(clips.image(ends[i] - t), clips.image(ends[i] - t + 1)), 0) << i << " " << t;
  }
  EXPECT_EQ(random_clip(1, 2, 3, 1, 3)[1].intensity, 0.5f);
  EXPECT_EQ(message_of([] { random_clip(1, 2, 3, 1, 1); }), "faces: a clip has 2 to 1000 frames, got 1");
}

}  // namespace
}  // namespace mueca
