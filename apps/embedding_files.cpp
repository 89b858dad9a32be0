#include "apps/embedding_files.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/explorer/page.h"
#include "apps/figures/image_grid.h"
#include "apps/figures/scatter.h"
#include "apps/figures/scree.h"
#include "apps/scores.h"
#include "core/files/atomic_file.h"
#include "data/loader.h"
#include "nn/fields.h"

namespace mueca {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::size_t kEigenfaces = 31;  // and the mean: four rows of eight

std::vector<double> explained(const Pca& pca) {
  std::vector<double> shares;
  for (const double v : pca.variance) shares.push_back(pca.total_variance > 0 ? v / pca.total_variance : 0);
  return shares;
}

double sum(const std::vector<double>& values, std::size_t first = 1 << 30) {
  double total = 0;
  for (std::size_t i = 0; i < std::min(first, values.size()); ++i) total += values[i];
  return total;
}

std::string pca_axes(const EmbedReport& r, int component) {
  return str("component ", component + 1, ", ",
             percent(explained(r.embedding.pca)[static_cast<std::size_t>(component)], 1), " %");
}

std::string tsne_facts(const EmbedReport& r) {
  return str("perplexity ", r.options.options.perplexity, ", ", r.embedding.tsne->iterations, " iterations, seed ",
             r.options.options.seed, ", KL ", fixed(r.embedding.tsne->kl, 3));
}

std::string points_csv(const EmbedReport& r) {
  std::string out = "row,label,predicted,confidence,pca1,pca2,tsne1,tsne2\n";
  const auto name = [&](std::int32_t k) { return csv_cell(r.pack.class_names[static_cast<std::size_t>(k)]); };
  const auto pair = [&](const float* at) { return "," + field_text(at[0]) + "," + field_text(at[1]); };
  const auto labels = labels_of(r.pack, r.rows.shown);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    out += str(r.rows.shown[i], ",", name(labels[i]), ",");
    out += r.predictions ? name(r.predictions->predicted[i]) + "," + field_text(r.predictions->confidence[i]) : ",";
    out += r.show_pca ? pair(r.embedding.plane.data() + 2 * i) : ",,";
    out += r.embedding.tsne ? pair(r.embedding.tsne->y.data() + 2 * i) : ",,";
    out += "\n";
  }
  return out;
}

std::string summary_json(const EmbedReport& r) {
  const Embedding& e = r.embedding;
  ordered_json j = {{"title", r.source.title()},
                    {"images", r.rows.shown.size()},
                    {"classes", r.pack.class_names},
                    {"data_sha256", r.pack.sha256}};
  j["features"] = {{"kind", r.source.kind}, {"width", e.pca.mean.size()}};
  if (r.source.kind == "layer")
    j["features"].update({{"layer", r.source.layer}, {"model", r.source.model}, {"weights_sha256", r.source.sha256}});
  if (r.predictions) j["predictions"] = {{"model", r.predictions->model}, {"weights_sha256", r.predictions->sha256}};
  j["pca"] = {
      {"components", e.pca.variance.size()}, {"total_variance", e.pca.total_variance}, {"explained", explained(e.pca)}};
  if (e.tsne) {
    const TsneOptions& o = r.options.options;
    j["tsne"] = {{"perplexity", o.perplexity},
                 {"iterations", o.iterations},
                 {"exaggeration", o.exaggeration},
                 {"learning_rate", o.learning_rate},
                 {"seed", o.seed},
                 {"kl", e.tsne->kl},
                 {"preservation", e.tsne->preservation},
                 {"preservation_neighbours", e.tsne->preservation_neighbours}};
  }
  j["knn"] = {{"k", r.options.neighbours}, {"accuracy", ordered_json::array()}};
  for (const KnnFigure& f : e.knn)
    j["knn"]["accuracy"].push_back(
        {{"space", f.space}, {"reference", f.reference}, {"n", f.n}, {"accuracy", f.accuracy}});
  return j.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// The mean and the first components as pictures, each from black to white over its own range.
Canvas eigenfaces(const EmbedReport& r) {
  const Pca& pca = r.embedding.pca;
  const auto shares = explained(pca);
  const int width = r.pack.width, height = r.pack.height;
  ImageGrid grid;
  grid.title = "Mean and principal components of " + r.source.title();
  grid.facts = str(r.rows.shown.size(), " images; below each its share of the variance");
  const auto add = [&](const float* values, const std::string& name, const std::string& share) {
    GridCell cell;
    cell.image = gray_raster(std::span(values, static_cast<std::size_t>(width * height)), width, height);
    cell.words = {name, share};
    grid.cells.push_back(std::move(cell));
  };
  add(pca.mean.data(), "mean", "");
  for (std::size_t k = 0; k < std::min(kEigenfaces, shares.size()); ++k)
    add(pca.components.data() + static_cast<Index>(k) * width * height, str(k + 1), percent(shares[k], 1) + " %");
  return image_grid(grid);
}

// The images as thumbnails u8 [N, T, T], by the loader's bilinear view.
Tensor thumbnails(const Pack& pack, std::span<const Index> rows) {
  const int side = thumbnail_side(static_cast<Index>(rows.size()));
  const auto view = evaluation_views(EvaluationViews::center, {pack.height, pack.width}, 0, side).front();
  const Tensor seen = load_view(pack.images, rows, view, ImageFormat{side, 1, 1, 0});
  Tensor out({static_cast<Index>(rows.size()), side, side}, DType::u8);
  std::ranges::transform(seen.span(), out.data<std::uint8_t>(),
                         [](float v) { return static_cast<std::uint8_t>(std::clamp(std::lround(v), 0l, 255l)); });
  return out;
}

Explorer explorer_of(const EmbedReport& r) {
  Explorer page;
  page.title = r.source.title();
  page.class_names = r.pack.class_names, page.split_names = r.pack.split_names;
  page.label = labels_of(r.pack, r.rows.shown);
  for (const Index row : r.rows.shown) {
    page.row.push_back(static_cast<std::uint32_t>(row));
    page.split.push_back(r.pack.split[static_cast<std::size_t>(row)]);
  }
  if (r.predictions) page.predicted = r.predictions->predicted, page.confidence = r.predictions->confidence;
  if (r.embedding.tsne) page.maps.push_back({"t-SNE", "t-SNE: " + tsne_facts(r), r.embedding.tsne->y});
  if (r.show_pca)
    page.maps.push_back({"PCA", "PCA: right " + pca_axes(r, 0) + "; up " + pca_axes(r, 1), r.embedding.plane});
  page.facts.emplace_back("images", str(r.rows.shown.size()));
  for (const auto& cells : embedding_table(r).rows) page.facts.emplace_back(cells[0], cells[1]);
  if (r.predictions) page.facts.emplace_back("predictions", r.predictions->model);
  page.images = thumbnails(r.pack, r.rows.shown);
  return page;
}

void write_scatters(const fs::path& folder, const EmbedReport& r, std::vector<std::string>& names) {
  const auto draw = [&](const std::string& map, const Tensor& xy, const ScatterText& text) {
    const auto one = [&](const std::string& name, std::span<const std::int32_t> codes, const std::string& by) {
      ScatterText words = text;
      words.facts += (words.facts.empty() ? "" : "; ") + by;
      scatter_figure(xy.span(), codes, r.pack.class_names, words).write(folder / name);
      names.push_back(name + ".{svg,png}");
    };
    const auto labels = labels_of(r.pack, r.rows.shown);
    one("scatter-" + map + "-class", labels, "coloured by true class");
    if (r.predictions)
      one("scatter-" + map + "-prediction", r.predictions->predicted,
          "coloured by the prediction of " + r.predictions->model);
  };
  if (r.show_pca) draw("pca", r.embedding.plane, {"PCA of " + r.source.title(), "", pca_axes(r, 0), pca_axes(r, 1)});
  if (r.embedding.tsne)
    draw("tsne", r.embedding.tsne->y, {"t-SNE of " + r.source.title(), tsne_facts(r), "", "", false});
}

}  // namespace

Table embedding_table(const EmbedReport& r) {
  const auto shares = explained(r.embedding.pca);
  Table table{r.source.title(), {{"figure", false}, {"value"}}, {}, {}};
  table.add({"variance explained by 2 components, %", percent(sum(shares, 2), 1)});
  if (shares.size() > 2) table.add({str("by ", shares.size(), " components, %"), percent(sum(shares), 1)});
  if (const auto& t = r.embedding.tsne) {
    table.add({"t-SNE: KL divergence", fixed(t->kl, 4)});
    table.add(
        {str("t-SNE: of ", t->preservation_neighbours, " nearest neighbours kept, %"), percent(t->preservation, 1)});
  }
  for (const KnnFigure& f : r.embedding.knn)
    table.add({str(r.options.neighbours, "-NN accuracy, ", f.space, ", ", f.reference, ", %"), percent(f.accuracy, 1)});
  return table;
}

std::vector<std::string> write_embedding(const fs::path& folder, const EmbedReport& r) {
  const std::string page = explorer_page(explorer_of(r));  // what may be refused, before anything is written
  std::vector<std::string> names = {"explorer.html", "embedding.csv", "embedding.json", "scree.{svg,png}"};
  write_file_atomically(folder / "explorer.html", page);
  write_file_atomically(folder / "embedding.csv", points_csv(r));
  scree_figure(explained(r.embedding.pca), "Principal components of " + r.source.title()).write(folder / "scree");
  if (r.source.kind == "pixels") {
    eigenfaces(r).write(folder / "eigenfaces");
    names.push_back("eigenfaces.{svg,png}");
  }
  write_scatters(folder, r, names);
  write_file_atomically(folder / "embedding.json", summary_json(r));
  return names;
}

}  // namespace mueca
