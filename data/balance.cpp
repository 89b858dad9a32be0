#include "data/balance.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/ops.h"
#include "core/random.h"
#include "data/import.h"

namespace mueca {
namespace {

constexpr std::uint32_t kEpoch = 0xFFFFFFFF;  // training counts its epochs from 0: these draws never meet
constexpr Index kBatch = 1024;                // copies per call of the augment kernel

struct Plan {
  std::vector<Index> kept, origins;  // rows; a row stands in `origins` once for each of its copies
};

Plan plan_rows(const Pack& pack, const BalanceOptions& options) {
  Plan plan;
  std::vector<std::vector<Index>> of_class(pack.class_names.size());
  const int split = options.split.empty() ? -1 : pack.split_index(options.split);
  for (Index i = 0; i < pack.size(); ++i) {
    const auto r = static_cast<std::size_t>(i);
    if (split >= 0 && pack.split[r] != split)
      plan.kept.push_back(i);
    else
      of_class[static_cast<std::size_t>(pack.label[r])].push_back(i);
  }
  const auto wanted = static_cast<std::size_t>(options.per_class);
  for (std::size_t k = 0; k < of_class.size(); ++k) {
    auto& rows = of_class[k];
    check(!rows.empty(), "balance: class \"", pack.class_names[k], "\" has no images",
          split < 0 ? "" : " in " + options.split);
    Random random({options.seed, RandomStream::balance}, static_cast<std::uint32_t>(k));
    for (std::size_t i = rows.size(); i > 1; --i)
      std::swap(rows[i - 1], rows[random.below(static_cast<std::uint32_t>(i))]);
    plan.kept.insert(plan.kept.end(), rows.begin(),
                     rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), wanted)));
    for (std::size_t i = rows.size(); i < wanted; ++i) plan.origins.push_back(rows[i % rows.size()]);
  }
  std::sort(plan.kept.begin(), plan.kept.end());
  return plan;
}

}  // namespace

AugmentPolicy BalanceOptions::mild() {
  AugmentPolicy policy;
  policy.flip = 0.5f;
  policy.rotate = 10;
  policy.shift = 0.08f;
  policy.scale_low = 0.9f;
  policy.scale_high = 1.1f;
  return policy;
}

Pack balance_pack(const Pack& pack, const BalanceOptions& options) {
  check(!pack.has_clips(), "balance: the pack holds clips; use balanced sampling while training instead");
  check(options.per_class > 0, "balance: expected a positive number of images per class, got ", options.per_class);
  check(pack.height == pack.width, "balance: expected square images, got ", pack.height, " x ", pack.width);
  const ImageSize size{pack.height, pack.width};
  check_policy(options.policy, size);
  check(options.per_class <=
            PackBuilder::kMostPixels / (pack.height * pack.width * static_cast<Index>(pack.class_names.size())),
        "balance: ", options.per_class, " images per class are more than a pack holds");
  Plan plan = plan_rows(pack, options);
  const auto kept = static_cast<Index>(plan.kept.size()), copies = static_cast<Index>(plan.origins.size());
  std::vector<Index> rows = plan.kept;
  rows.insert(rows.end(), plan.origins.begin(), plan.origins.end());
  Pack out = select_rows(pack, rows);

  std::map<std::pair<std::uint16_t, std::uint32_t>, std::uint16_t> last_copy;
  for (std::size_t i = 0; i < pack.label.size(); ++i) {
    auto& last = last_copy[{pack.source[i], pack.row[i]}];
    last = std::max(last, pack.copy[i]);
  }
  for (Index begin = 0; begin < copies; begin += kBatch) {
    std::vector<AugmentSample> samples(static_cast<std::size_t>(std::min(kBatch, copies - begin)));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const Index place = kept + begin + static_cast<Index>(i);
      const auto r = static_cast<std::size_t>(place);
      const auto origin = static_cast<std::int32_t>(rows[r]);
      auto& last = last_copy[{out.source[r], out.row[r]}];
      check(last < 65535, "balance: more than 65535 copies of one image");
      out.copy[r] = ++last;
      samples[i].first = draw_view(options.policy, {options.seed, kEpoch, origin, last}, size, pack.height);
      samples[i].first.source = origin;
    }
    const Tensor images = augment(pack.images, samples, pack.height, pack.width, 1, 1, 0);  // [n, H, W, 1]
    std::transform(images.span().begin(), images.span().end(), out.image(kept + begin).data(),
                   [](float v) { return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0f, 255.0f))); });
  }
  out.provenance +=
      str("balance: ", options.per_class, " per class", options.split.empty() ? std::string() : " in " + options.split,
          ", seed ", options.seed, ", ", copies, " augmented copies\n");
  return out;
}

}  // namespace mueca
