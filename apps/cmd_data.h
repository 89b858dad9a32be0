// The commands below `mueca data`, one file each, and what they share.
#pragma once
#include <string>

#include "apps/command.h"
#include "apps/table.h"
#include "data/pack.h"

namespace mueca {

Action declare_data_import(CLI::App& app);
Action declare_data_info(CLI::App& app);
Action declare_data_split(CLI::App& app);
Action declare_data_balance(CLI::App& app);
Action declare_data_twins(CLI::App& app);
Action declare_data_export(CLI::App& app);
Action declare_data_faces(CLI::App& app);
Action declare_data_upscale(CLI::App& app);
Action declare_data_train_upscaler(CLI::App& app);

Table counts_table(const Pack& pack);                         // images per split and class, with totals
void print_table(const Table& table);                         // on stdout
void print_saved(const std::string& path, const Pack& pack);  // one line on stderr, and the counts on stdout

}  // namespace mueca
