#include "data/faces.h"

#include <algorithm>

#include "core/error.h"
#include "core/parallel.h"
#include "data/face_drawing.h"

namespace mueca {

Pack generate_faces(const FacesConfig& config) {
  constexpr Index kMost = 1 << 24;  // images per split; leaves 24 bits of the person's number to the split's count
  const Index counts[] = {config.training, config.public_test, config.private_test};
  for (const Index count : counts)
    check(count >= 0 && count < kMost, "faces: a split can have 0 to ", kMost - 1, " images, got ", count);
  check(config.size >= 16 && config.size <= 1024, "faces: size must be 16 to 1024 pixels, got ", config.size);
  check(config.difficulty >= 0 && config.difficulty <= 2, "faces: difficulty must be in [0, 2], got ",
        config.difficulty);

  check(config.frames >= 1 && config.frames <= 1000, "faces: a clip has 2 to 1000 frames, got ", config.frames);
  const Index frames = config.frames, shown = counts[0] + counts[1] + counts[2];
  check(shown * frames <= kMost, "faces: ", shown, " clips of ", frames, " frames are more than ", kMost, " images");

  Pack pack = make_pack(shown * frames, config.size, config.size);
  pack.class_names = emotion_names();
  pack.split_names = {"training", "public_test", "private_test"};
  pack.source_names = {"faces"};
  pack.provenance = str("built-in faces: seed ", config.seed, ", difficulty ", config.difficulty, ", ", config.size,
                        " x ", config.size, ", ", counts[0], " + ", counts[1], " + ", counts[2],
                        frames > 1 ? str(" clips of ", frames, " frames\n") : " images\n");
  if (frames > 1) pack.clip.resize(static_cast<std::size_t>(pack.size()));
  const auto classes = static_cast<Index>(pack.class_names.size());
  Index row = 0;
  std::uint32_t clip = 0;
  for (Index split = 0; split < 3; ++split)
    for (Index i = 0; i < counts[split]; ++i) {
      ++clip;
      for (Index t = 0; t < frames; ++t, ++row) {
        const auto r = static_cast<std::size_t>(row);
        pack.split[r] = static_cast<std::uint8_t>(split);
        pack.label[r] = static_cast<std::int32_t>(i % classes);
        pack.row[r] = static_cast<std::uint32_t>(split * kMost + i);
        if (frames > 1) pack.clip[r] = clip;
      }
    }
  parallel_for(shown, 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const auto r = static_cast<std::size_t>(i * frames);
      const auto draw = [&](const Face& face, Index t) { draw_face(face, config.size, pack.image(i * frames + t)); };
      if (frames == 1) {
        draw(random_face(config.seed, pack.row[r], pack.label[r], config.difficulty), 0);
        continue;
      }
      const auto faces = random_clip(config.seed, pack.row[r], pack.label[r], config.difficulty, config.frames);
      for (Index t = 0; t < frames; ++t) draw(faces[static_cast<std::size_t>(t)], t);
    }
  });
  return pack;
}

}  // namespace mueca
