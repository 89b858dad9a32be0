#include "apps/embedding.h"

#include <algorithm>
#include <numeric>

#include "apps/embed/knn.h"
#include "apps/scores.h"

namespace mueca {
namespace {

std::vector<Index> spread(const std::vector<Index>& rows, Index limit) {
  const auto n = static_cast<Index>(rows.size());
  if (limit <= 0 || limit >= n) return rows;
  std::vector<Index> some;
  for (Index i = 0; i < limit; ++i) some.push_back(rows[static_cast<std::size_t>(i * n / limit)]);
  return some;
}

// Rows of x [N, D]; x itself when they are all of them in order.
Tensor pick(const Tensor& x, std::span<const Index> places) {
  const Index width = x.extent(1), n = static_cast<Index>(places.size());
  bool same = n == x.extent(0);
  for (Index i = 0; i < n && same; ++i) same = places[static_cast<std::size_t>(i)] == i;
  if (same) return x;
  Tensor out({n, width});
  for (Index i = 0; i < n; ++i)
    std::copy_n(x.data() + places[static_cast<std::size_t>(i)] * width, width, out.data() + i * width);
  return out;
}

Tensor first_two(const Tensor& x) {
  Tensor out({x.extent(0), 2});
  for (Index i = 0; i < x.extent(0); ++i) std::copy_n(x.data() + i * x.extent(1), 2, out.data() + 2 * i);
  return out;
}

// Where each of `rows` stands in `needed`.
std::vector<Index> places_of(std::span<const Index> rows, std::span<const Index> needed, Index pack_rows) {
  std::vector<Index> place(static_cast<std::size_t>(pack_rows), -1), out;
  for (std::size_t i = needed.size(); i-- > 0;) place[static_cast<std::size_t>(needed[i])] = static_cast<Index>(i);
  for (const Index row : rows) out.push_back(place[static_cast<std::size_t>(row)]);
  return out;
}

// How well training images tell the classes of the other splits' shown images.
void add_transfer(const Pack& pack, const EmbeddedRows& rows, const Tensor& features, const EmbedOptions& options,
                  std::vector<KnnFigure>& figures) {
  const Tensor reference = pick(features, places_of(rows.reference, rows.needed, pack.size()));
  const Index most = std::min({reference.extent(0), reference.extent(1), Index{options.components}});
  const Pca pca = fit_pca(reference, static_cast<int>(most));
  const Tensor reduced = project(pca, reference);
  const auto labels = labels_of(pack, rows.reference);
  for (std::size_t s = 0; s < pack.split_names.size(); ++s) {
    std::vector<Index> queries;
    for (const Index row : rows.shown)
      if (pack.split[static_cast<std::size_t>(row)] == s && pack.split_names[s] != "training") queries.push_back(row);
    if (queries.empty()) continue;
    const Tensor seen = project(pca, pick(features, places_of(queries, rows.needed, pack.size())));
    const auto neighbours = nearest_neighbours(seen, reduced, options.neighbours);
    figures.push_back({str(most, " components"), "training -> " + pack.split_names[s],
                       static_cast<Index>(queries.size()),
                       knn_accuracy(neighbours, labels_of(pack, queries), labels, options.neighbours)});
  }
}

}  // namespace

EmbeddedRows embedded_rows(const Pack& pack, const std::vector<Index>& chosen, Index limit) {
  EmbeddedRows rows;
  rows.shown = spread(chosen, limit);
  const auto training = pack.has_split("training") ? pack.split_index("training") : -1;
  const bool others =
      std::ranges::any_of(rows.shown, [&](Index row) { return pack.split[static_cast<std::size_t>(row)] != training; });
  if (training >= 0 && others) rows.reference = spread(pack.rows_of("training"), limit);
  rows.needed = rows.shown;
  std::vector<bool> there(static_cast<std::size_t>(pack.size()));
  for (const Index row : rows.shown) there[static_cast<std::size_t>(row)] = true;
  for (const Index row : rows.reference)
    if (!there[static_cast<std::size_t>(row)]) rows.needed.push_back(row);
  return rows;
}

Embedding embed(const Pack& pack, const EmbeddedRows& rows, const Tensor& features, const EmbedOptions& options,
                const std::function<bool(const std::string&)>& say) {
  const auto stage = [&](const std::string& what) { check(say(what), "interrupted"); };
  const auto n = static_cast<Index>(rows.shown.size());
  std::vector<Index> first(rows.shown.size());
  std::iota(first.begin(), first.end(), Index{0});
  const Tensor x = pick(features, first);  // [N, D]
  check(n >= 3 && x.extent(1) >= 2, "embed: ", n, " images of ", x.extent(1), " numbers each make no map");
  const auto most = static_cast<int>(std::min({n, x.extent(1), Index{options.components}}));
  Embedding e;
  stage(str("principal components: ", most, " of ", n, " images, ", x.extent(1), " numbers each"));
  e.pca = fit_pca(x, most);
  const Tensor reduced = project(e.pca, x);
  e.plane = first_two(reduced);
  if (options.tsne) {
    stage(str("t-SNE of ", most, " components: neighbours"));
    e.tsne = tsne(reduced, options.options);
    check(e.tsne->iterations == options.options.iterations, "interrupted");
  }
  stage("kNN accuracy");
  const auto labels = labels_of(pack, rows.shown);
  const int k = static_cast<int>(std::min(Index{options.neighbours}, n - 1));
  const auto leave_one_out = [&](const Tensor& y, const std::string& space) {
    e.knn.push_back({space, "leave one out", n, knn_accuracy(nearest_neighbours(y, k), labels, k)});
  };
  leave_one_out(reduced, str(most, " components"));
  leave_one_out(e.plane, "PCA, two components");
  if (e.tsne) leave_one_out(e.tsne->y, "t-SNE");
  if (static_cast<Index>(rows.reference.size()) >= options.neighbours) {
    stage("kNN accuracy from training to the other splits");
    add_transfer(pack, rows, features, options, e.knn);
  }
  return e;
}

}  // namespace mueca
