// mueca data balance: equal classes, by leaving images out and by augmented copies.
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/cmd_data.h"
#include "data/balance.h"

namespace mueca {
namespace {

struct BalanceArguments {
  std::string pack, out;
  BalanceOptions options;
};

int balance(const BalanceArguments& arguments) {
  Pack balanced = balance_pack(load_pack(arguments.pack), arguments.options);
  save_pack(balanced, arguments.out);
  print_saved(arguments.out, balanced);
  return kExitOk;
}

}  // namespace

Action declare_data_balance(CLI::App& app) {
  auto a = std::make_shared<BalanceArguments>();
  app.add_option("pack", a->pack, "The pack")->required();
  app.add_option("-o,--out", a->out, "The pack to write")->required();
  app.add_option("--per-class", a->options.per_class, "Images of each class")->required();
  app.add_option("--split", a->options.split,
                 "Balance this split alone (after a split); default: all images as one set (before a split)");
  app.add_option("--seed", a->options.seed, "Chooses and augments differently")->capture_default_str();
  return [a] { return balance(*a); };
}

}  // namespace mueca
