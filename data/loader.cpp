#include "data/loader.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/ops.h"
#include "core/random.h"
#include "core/records.h"
#include "data/clips.h"

namespace mueca {
namespace {

template <class T>
void shuffle(std::vector<T>& items, Random& random) {  // Fisher-Yates
  for (std::size_t i = items.size(); i > 1; --i)
    std::swap(items[i - 1], items[random.below(static_cast<std::uint32_t>(i))]);
}

// As many rows as there are, the classes in turn; each class walks through its own rows, shuffled anew on every lap.
std::vector<SamplePlace> balanced_order(const std::vector<Index>& rows, const std::vector<std::int32_t>& label,
                                        int classes, Random& random) {
  std::vector<std::vector<std::int32_t>> members(static_cast<std::size_t>(classes));
  for (const Index row : rows)
    members[static_cast<std::size_t>(label[static_cast<std::size_t>(row)])].push_back(static_cast<std::int32_t>(row));
  std::erase_if(members, [](const auto& m) { return m.empty(); });
  std::vector<SamplePlace> order;
  order.reserve(rows.size());
  for (std::size_t turn = 0; order.size() < rows.size(); ++turn)
    for (std::size_t c = 0; c < members.size() && order.size() < rows.size(); ++c) {
      auto& own = members[c];
      if (turn % own.size() == 0) shuffle(own, random);
      SamplePlace place;
      place.row = own[turn % own.size()];
      place.repeat = static_cast<std::int32_t>(turn / own.size());
      order.push_back(place);
    }
  shuffle(order, random);
  return order;
}

// [N * frames, S, S, C] -> [N, frames, S, S, C] for clips.
Tensor as_clips(const Tensor& x, const ImageFormat& format) {
  if (format.frames == 1) return x;
  check(x.extent(0) % format.frames == 0, "load: ", x.extent(0), " rows do not make clips of ", format.frames);
  return x.reshaped({x.extent(0) / format.frames, format.frames, x.extent(1), x.extent(2), x.extent(3)});
}

}  // namespace

Loader::Loader(const Pack& pack, std::vector<Index> rows, ImageFormat format, LoaderConfig config, Device device)
    : images_(pack.images.to(device)),
      source_{pack.height, pack.width},
      rows_(std::move(rows)),
      label_(pack.label),
      classes_(static_cast<int>(pack.class_names.size())),
      format_(format),
      config_(config) {
  check(!rows_.empty(), "loader: no rows to load");
  check(config_.batch_size > 0, "loader: batch_size must be at least 1, got ", config_.batch_size);
  check(config_.label_smoothing >= 0 && config_.label_smoothing < 1, "loader: label_smoothing must be in [0, 1), got ",
        config_.label_smoothing);
  check(format_.size > 0 && format_.channels > 0 && format_.frames > 0,
        "loader: an image needs a size, channels and a frame, got ", format_.size, ", ", format_.channels, " and ",
        format_.frames);
  check_policy(config_.policy, source_);
  for (const Index row : rows_)
    check(row >= 0 && row < pack.size(), "loader: row ", row, " of a pack with ", pack.size(), " rows");
  if (config_.soft_targets) votes_ = vote_targets(pack);
  if (format_.frames > 1)
    for (const Index row : rows_)
      for (Index end = first_of_clip(pack, row); end <= row; ++end)
        clips_[row].push_back(frames_of(pack, std::span(&end, 1), format_.frames));
  const Index n = batch_size();
  samples_ =
      records_on<AugmentSample>(device, std::vector<AugmentSample>(static_cast<std::size_t>(n * format_.frames)));
  targets_ = Tensor({n, classes_}, DType::f32, device);
}

Index Loader::batch_size() const { return std::min<Index>(config_.batch_size, static_cast<Index>(rows_.size())); }
Index Loader::batches() const { return static_cast<Index>(rows_.size()) / batch_size(); }

std::vector<SamplePlace> Loader::order(std::uint32_t epoch) const {
  Random random({config_.seed, RandomStream::shuffle}, epoch);
  std::vector<SamplePlace> order;
  if (config_.sampling == Sampling::balanced) {
    order = balanced_order(rows_, label_, classes_, random);
  } else {
    order.resize(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) order[i].row = static_cast<std::int32_t>(rows_[i]);
    shuffle(order, random);
  }
  for (SamplePlace& place : order) place.seed = config_.seed, place.epoch = epoch;
  return order;
}

LoadedBatch Loader::get(std::uint32_t epoch, Index batch) {
  draw(epoch, batch);
  LoadedBatch loaded = load();
  loaded.targets = targets_.clone();
  return loaded;
}

LoadedBatch Loader::load() const {
  return {
      as_clips(augment(images_, samples_, format_.size, format_.size, format_.channels, format_.scale, format_.shift),
               format_),
      targets_, drawn_};
}

void Loader::draw(std::uint32_t epoch, Index batch) {
  check(batch >= 0 && batch < batches(), "loader: batch ", batch, " of ", batches());
  if (cached_epoch_ != epoch) epoch_order_ = order(epoch), cached_epoch_ = epoch;
  const Index n = batch_size();
  const auto places = std::span(epoch_order_).subspan(static_cast<std::size_t>(batch * n), static_cast<std::size_t>(n));
  const auto candidates = static_cast<std::int32_t>(rows_.size());

  drawn_.clear();
  std::vector<AugmentSample> samples;
  Tensor targets = Tensor::full({n, classes_}, 0);
  float* target = targets.data();
  for (const SamplePlace& place : places) {
    AugmentSample sample;
    sample.first = draw_view(config_.policy, place, source_, format_.size);
    const Mixing mixing = draw_mixing(config_.policy, place, candidates);
    sample.mix = mixing.mix;
    target_row(place, mixing.mix, target);
    if (mixing.mix < 1) {
      SamplePlace partner = place;
      partner.row = static_cast<std::int32_t>(rows_[static_cast<std::size_t>(mixing.partner)]);
      sample.second = draw_view(config_.policy, partner, source_, format_.size);
      target_row(partner, 1 - mixing.mix, target);
    }
    add_frames(sample, place, samples);
    drawn_.push_back(place.row);
    target += classes_;
  }
  check_samples(samples, images_.extent(0));
  put_records<AugmentSample>(samples_, samples);
  targets_.copy_from(targets);
}

// The sample itself, or that of each frame of the clips that its rows end, both cut alike.
void Loader::add_frames(const AugmentSample& sample, const SamplePlace& place,
                        std::vector<AugmentSample>& samples) const {
  const auto frame_of = [&](std::int32_t row, std::size_t t) {
    const auto& clip = clips_.at(row);
    const int last = draw_last_frame(config_.policy, place, static_cast<int>(clip.size()));
    return static_cast<std::int32_t>(clip[static_cast<std::size_t>(last)][t]);
  };
  for (std::size_t t = 0; t < static_cast<std::size_t>(format_.frames); ++t) {
    samples.push_back(sample);
    if (format_.frames == 1) continue;
    AugmentSample& frame = samples.back();
    frame.first.source = frame_of(sample.first.source, t);
    if (frame.mix < 1) frame.second.source = frame_of(sample.second.source, t);
  }
}

// Adds weight * target distribution of the row to target [K].
void Loader::target_row(const SamplePlace& place, float weight, float* target) const {
  const auto row = static_cast<std::size_t>(place.row), k = static_cast<std::size_t>(classes_);
  const float e = config_.label_smoothing;
  const bool voted = !votes_.empty() && std::accumulate(&votes_[row * k], &votes_[row * k] + k, 0.0f) > 0;
  for (std::size_t c = 0; c < k; ++c) {
    const float hot = voted ? votes_[row * k + c] : static_cast<float>(label_[row] == static_cast<std::int32_t>(c));
    target[c] += weight * ((1 - e) * hot + e / static_cast<float>(k));
  }
}

std::vector<float> vote_targets(const Pack& pack) {
  check(pack.has_votes(), "soft targets: the pack has no FER+ votes; import them with the CSV");
  // Emotion and vote column of the same meaning.
  constexpr std::pair<std::string_view, std::string_view> meaning[] = {
      {"angry", "anger"}, {"disgust", "disgust"},   {"fear", "fear"},       {"happy", "happiness"},
      {"sad", "sadness"}, {"surprise", "surprise"}, {"neutral", "neutral"}, {"contempt", "contempt"}};
  const std::size_t classes = pack.class_names.size();
  std::vector<int> column(classes, -1);
  for (std::size_t c = 0; c < classes; ++c)
    for (const auto& [emotion, vote] : meaning)
      if (pack.class_names[c] == emotion)
        column[c] = static_cast<int>(std::find(vote_names().begin(), vote_names().end(), vote) - vote_names().begin());
  check(std::any_of(column.begin(), column.end(), [](int i) { return i >= 0; }),
        "soft targets: no class of the pack has a FER+ vote column");

  std::vector<float> targets(static_cast<std::size_t>(pack.size()) * classes, 0.0f);
  for (std::size_t row = 0; row < static_cast<std::size_t>(pack.size()); ++row) {
    const std::uint8_t* votes = &pack.votes[row * Pack::kVotes];
    int total = 0;
    for (const int i : column) total += i >= 0 ? votes[i] : 0;
    for (std::size_t c = 0; c < classes && total > 0; ++c)
      if (column[c] >= 0) targets[row * classes + c] = static_cast<float>(votes[column[c]]) / static_cast<float>(total);
  }
  return targets;
}

Tensor load_view(const Tensor& images, std::span<const Index> rows, const AugmentView& view,
                 const ImageFormat& format) {
  std::vector<AugmentSample> samples(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    check(rows[i] >= 0 && rows[i] < images.extent(0), "load: row ", rows[i], " of ", images.extent(0));
    samples[i].first = view;
    samples[i].first.source = static_cast<std::int32_t>(rows[i]);
  }
  return as_clips(augment(images, samples, format.size, format.size, format.channels, format.scale, format.shift),
                  format);
}

}  // namespace mueca
