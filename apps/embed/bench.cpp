// PCA, nearest neighbours and t-SNE of one matrix: [wall, processor] seconds, and what came out, as one JSON line.
// mueca_embed_bench [--pack FILE | --rows N --columns D] [--components K] [--perplexity P] [--iterations N]
//                   [--threads N] [--matrix-out FILE] [--low-out FILE] [--points-out FILE]
// Without a pack the matrix is made: 120 sources of falling strength 60 / (1 + c), normal around one of ten cluster
// centres, mixed into D columns, plus noise of 1; all from fixed seeds. Files are raw float32: the matrix [N, D], its
// projection [N, K], the embedding [N, 2].
// mueca_embed_bench --judge POINTS --matrix LOW --columns K [--perplexity P]  tells the divergence (all pairs) and the
// neighbour preservation of anyone's embedding of LOW.
#include <time.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "apps/embed/gradient.h"
#include "apps/embed/knn.h"
#include "apps/embed/pca.h"
#include "apps/embed/tsne.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "data/pack.h"
#include "nn/fields.h"

namespace mueca {
namespace {

struct Clock {
  double wall, processor;
};

Clock now() {
  const auto read = [](clockid_t id) {
    timespec t{};
    clock_gettime(id, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
  };
  return {read(CLOCK_MONOTONIC), read(CLOCK_PROCESS_CPUTIME_ID)};
}

Tensor pack_matrix(const std::string& path) {
  const Pack pack = load_pack(path);
  Tensor x({pack.size(), Index{pack.height} * pack.width});
  const auto* const pixel = pack.images.data<std::uint8_t>();
  float* const value = x.data();
  for (Index i = 0; i < x.size(); ++i) value[i] = static_cast<float>(pixel[i]);
  return x;
}

Tensor made_matrix(Index n, Index d) {
  constexpr Index kSources = 120, kClusters = 10;
  Tensor z({n, kSources}), u({kSources, d});
  std::vector<float> centre(kClusters * kSources);
  Random random({7, RandomStream::test});
  for (float& c : centre) c = 2 * random.normal();
  for (Index i = 0; i < n; ++i) {
    const Index cluster = random.below(kClusters);
    for (Index c = 0; c < kSources; ++c)
      z.data()[i * kSources + c] =
          (random.normal() + centre[static_cast<std::size_t>(cluster * kSources + c)]) * 60 / static_cast<float>(1 + c);
  }
  for (float& v : u.span()) v = random.normal();
  Tensor x = dense(z, u, {});
  for (float& v : x.span()) v += random.normal();
  return x;
}

Tensor read_raw(const std::string& path, Index columns) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  check(static_cast<bool>(in), path, ": cannot read");
  const Index row = columns * 4, bytes = in.tellg();
  check(bytes > 0 && bytes % row == 0, path, ": must be float32 [N, ", columns, "], got ", bytes, " bytes");
  Tensor x({bytes / row, columns});
  in.seekg(0).read(reinterpret_cast<char*>(x.data()), bytes);
  check(static_cast<bool>(in), path, ": cannot read");
  return x;
}

void judge(const Tensor& low, const Tensor& points, double perplexity) {
  constexpr int kPreserved = 10;
  check(points.extent(0) == low.extent(0), "judge: ", low.extent(0), " rows, but ", points.extent(0), " points");
  const Neighbours near = nearest_neighbours(low, static_cast<int>(3 * perplexity));
  Plane plane(static_cast<std::size_t>(points.extent(0))), force(plane.size());
  for (std::size_t i = 0; i < plane.size(); ++i)
    plane.x[i] = points.data()[2 * i], plane.y[i] = points.data()[2 * i + 1];
  const double z = exact_repulsion(plane, force);
  const double kl = divergence(symmetric_affinities(near, conditional_affinities(near, perplexity)), plane, z);
  std::printf("{\"kl\": %.6f, \"preservation\": %.6f}\n", kl,
              neighbour_preservation(near, nearest_neighbours(points, kPreserved), kPreserved));
}

void write_raw(const std::string& path, const Tensor& t) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(t.data()), static_cast<std::streamsize>(t.size()) * 4);
  check(static_cast<bool>(out.flush()), path, ": cannot write");
}

void run(const std::vector<std::string>& args) {
  std::map<std::string, std::string> text = {{"--pack", ""},   {"--matrix-out", ""}, {"--low-out", ""},
                                             {"--matrix", ""}, {"--points-out", ""}, {"--judge", ""}};
  std::map<std::string, long> number = {{"--rows", 4000},       {"--columns", 2304}, {"--components", 50},
                                        {"--iterations", 1000}, {"--threads", 2},    {"--perplexity", 30}};
  for (std::size_t i = 0; i < args.size(); i += 2) {
    const bool known = text.contains(args[i]) || number.contains(args[i]);
    check(known && i + 1 < args.size(), "unknown or incomplete option ", args[i]);
    if (text.contains(args[i])) {
      text[args[i]] = args[i + 1];
      continue;
    }
    parse_field(args[i], args[i + 1], number[args[i]]);
    check(number[args[i]] >= (args[i] == "--iterations" ? 0 : 1), args[i], ": too small: ", args[i + 1]);
  }
  set_thread_count(static_cast<int>(number["--threads"]));
  if (!text["--judge"].empty())
    return judge(read_raw(text["--matrix"], number["--columns"]), read_raw(text["--judge"], 2),
                 static_cast<double>(number["--perplexity"]));
  const Tensor x =
      text["--pack"].empty() ? made_matrix(number["--rows"], number["--columns"]) : pack_matrix(text["--pack"]);
  if (!text["--matrix-out"].empty()) write_raw(text["--matrix-out"], x);
  std::printf("{\"n\": %ld, \"d\": %ld", static_cast<long>(x.extent(0)), static_cast<long>(x.extent(1)));
  Clock before = now();
  const auto took = [&](const char* what) {
    const Clock after = now();
    std::printf(", \"%s\": [%.3f, %.3f]", what, after.wall - before.wall, after.processor - before.processor);
    std::fflush(stdout);
    before = now();
  };
  const Pca pca = fit_pca(x, static_cast<int>(number["--components"]));
  took("pca");
  const Tensor low = project(pca, x);
  took("project");
  if (!text["--low-out"].empty()) write_raw(text["--low-out"], low);
  double explained = 0;
  for (const double v : pca.variance) explained += v / pca.total_variance;
  std::printf(", \"explained\": %.9f", explained);
  before = now();
  const Neighbours near = nearest_neighbours(low, static_cast<int>(3 * number["--perplexity"]));
  took("knn");
  if (number["--iterations"] > 0) {
    TsneOptions options;
    options.iterations = static_cast<int>(number["--iterations"]);
    options.perplexity = static_cast<double>(number["--perplexity"]);
    options.progress = [&](const TsneProgress& p) {
      std::fprintf(stderr, "iteration %d: KL %.4f, %.2f s\n", p.iteration, p.kl, now().wall - before.wall);
      return true;
    };
    const TsneResult result = tsne(low, options);
    took("tsne");
    std::printf(", \"kl\": %.6f, \"preservation\": %.6f", result.kl, result.preservation);
    if (!text["--points-out"].empty()) write_raw(text["--points-out"], result.y);
  }
  std::printf("}\n");
}

}  // namespace
}  // namespace mueca

int main(int argc, char** argv) {
  try {
    mueca::run({argv + 1, argv + argc});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "mueca_embed_bench: %s\n", e.what());
    return 1;
  }
}
