// mueca data split: new splits, stratified by class.
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/cmd_data.h"
#include "data/split.h"

namespace mueca {
namespace {

struct SplitArguments {
  std::string pack, out, parts = "training=60,validation=20,test=20";
  SplitOptions options;
};

int split(const SplitArguments& arguments) {
  SplitOptions options = arguments.options;
  options.parts = parse_parts(arguments.parts);
  Pack pack = load_pack(arguments.pack);
  split_pack(pack, options);
  save_pack(pack, arguments.out);
  print_saved(arguments.out, pack);
  return kExitOk;
}

}  // namespace

Action declare_data_split(CLI::App& app) {
  auto a = std::make_shared<SplitArguments>();
  app.add_option("pack", a->pack, "The pack")->required();
  app.add_option("-o,--out", a->out, "The pack to write")->required();
  app.add_option("--parts", a->parts, "Names and shares of the splits")->capture_default_str();
  app.add_option("--seed", a->options.seed, "Deals differently")->capture_default_str();
  app.add_flag("--keep-together", a->options.keep_together,
               "Pixel-identical images and augmented copies of one image stay in one split");
  return [a] { return split(*a); };
}

}  // namespace mueca
