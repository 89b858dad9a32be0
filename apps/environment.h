// env.json: where and with what a run was made. No secrets: of the environment only listed variables are kept.
#pragma once
#include <string>

namespace mueca {

// `data_sha256` and `data_provenance` say what was trained on.
std::string environment_json(const std::string& data_sha256, const std::string& data_provenance);

double peak_memory_gib();  // the most this process has had in memory so far

}  // namespace mueca
