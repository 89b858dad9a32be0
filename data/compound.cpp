#include "data/compound.h"

#include "core/error.h"
#include "core/parallel.h"
#include "core/random.h"
#include "data/face_drawing.h"

namespace mueca {

std::span<const CompoundEmotion> compound_emotions() {
  static const std::vector<CompoundEmotion> all = {
      {"happily surprised", "happy", "surprise", {}, {1, 2, 12, 25}, {5, 26}},
      {"happily disgusted", "happy", "disgust", {}, {10, 12, 25}, {4, 6, 9}},
      {"sadly fearful", "sad", "fear", {}, {1, 4, 20, 25}, {2, 5, 6, 15}},
      {"sadly angry", "sad", "angry", {}, {4, 15}, {6, 7, 17}},
      {"sadly surprised", "sad", "surprise", {}, {1, 4, 25, 26}, {2, 6}},
      {"sadly disgusted", "sad", "disgust", {}, {4, 10}, {1, 6, 9, 15, 17, 25}},
      {"fearfully angry", "fear", "angry", {}, {4, 20, 25}, {5, 7, 10}},
      {"fearfully surprised", "fear", "surprise", {}, {1, 2, 5, 20, 25}, {4, 10, 26}},
      {"fearfully disgusted", "fear", "disgust", {}, {1, 4, 10, 20, 25}, {2, 5, 6, 9, 15}},
      {"angrily surprised", "angry", "surprise", {}, {4, 25, 26}, {5, 7, 10}},
      {"angrily disgusted", "angry", "disgust", {}, {4, 10, 17}, {7, 9, 24}},
      {"disgustedly surprised", "disgust", "surprise", {}, {1, 2, 5, 10}, {4, 9, 17, 24}},
      {"appalled", "disgust", "angry", Dominant::first, {4, 10}, {6, 9, 17, 24}},
      {"hatred", "angry", "disgust", Dominant::first, {4, 10}, {7, 9, 17, 24}},
      {"awed", "surprise", "fear", Dominant::first, {1, 2, 5, 25}, {4, 20, 26}},
  };
  return all;
}

namespace {

// The person and the view of the basic set, pulling this face instead.
Face compound_face(std::uint64_t seed, std::uint32_t index, const CompoundEmotion& emotion, float difficulty) {
  Face face = random_face(seed, index, 6, difficulty);  // neutral: its apex is empty
  Random random({seed, RandomStream::generator}, index, 1 << 20);
  for (const int unit : emotion.units) face.apex[static_cast<std::size_t>(unit)] = random.uniform(.6f, 1);
  for (const int unit : emotion.variants) {
    const float strength = random.uniform(.3f, .8f);
    if (random.chance(.4f)) face.apex[static_cast<std::size_t>(unit)] = strength;
  }
  return face;
}

}  // namespace

Pack generate_compound_faces(const FacesConfig& config) {
  constexpr Index kMost = 1 << 24;  // images per split, as generate_faces numbers its people
  const Index counts[] = {config.training, config.public_test, config.private_test};
  for (const Index count : counts)
    check(count >= 0 && count < kMost, "faces: a split can have 0 to ", kMost - 1, " images, got ", count);
  check(config.size >= 16 && config.size <= 1024, "faces: size must be 16 to 1024 pixels, got ", config.size);

  Pack pack = make_pack(counts[0] + counts[1] + counts[2], config.size, config.size);
  for (const CompoundEmotion& emotion : compound_emotions()) pack.class_names.emplace_back(emotion.name);
  pack.split_names = {"training", "public_test", "private_test"};
  pack.source_names = {"compound faces"};
  pack.provenance = str("built-in compound faces: seed ", config.seed, ", difficulty ", config.difficulty, ", ",
                        config.size, " x ", config.size, ", ", pack.size(), " images\n");
  const auto classes = static_cast<Index>(pack.class_names.size());
  for (Index split = 0, row = 0; split < 3; ++split)
    for (Index i = 0; i < counts[split]; ++i, ++row) {
      const auto r = static_cast<std::size_t>(row);
      pack.split[r] = static_cast<std::uint8_t>(split);
      pack.label[r] = static_cast<std::int32_t>(i % classes);
      pack.row[r] = static_cast<std::uint32_t>(split * kMost + i);
    }
  parallel_for(pack.size(), 16, [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      const auto r = static_cast<std::size_t>(row);
      const CompoundEmotion& emotion = compound_emotions()[static_cast<std::size_t>(pack.label[r])];
      draw_face(compound_face(config.seed, pack.row[r], emotion, config.difficulty), config.size, pack.image(row));
    }
  });
  return pack;
}

}  // namespace mueca
