// The tables of a manifest, one function each; manifest.cpp puts them together.
#pragma once
#include "apps/study/manifest.h"
#include "apps/study/reader.h"

namespace mueca {

StudyData parse_study_data(Complaints& complaints, const std::string& name, const Toml& table, const Study& so_far);
StudyArm parse_study_arm(Complaints& complaints, const Toml& table, const Study& so_far);
StudyClaim parse_study_claim(Complaints& complaints, const Toml& table, const std::string& arm);
StudyBenchmark parse_study_benchmark(Complaints& complaints, const Toml& table, const Study& so_far);
StudyProfile parse_study_profile(Complaints& complaints, const std::string& name, const Toml& table,
                                 const Study& so_far);

// By its fields and its model's name in these values.
ArmKind kind_of(const StudyArm& arm, const std::vector<Assignment>& recipe, const std::vector<Assignment>& more);

std::vector<std::string> data_names(const Study& study);
std::vector<std::string> known_models();  // networks and classical ones
inline const std::vector<std::string> kViewNames{"center", "flip", "ten_crop"};

// Complains that `name` is none of `names`, with the nearest.
void expect_known(const Reader& reader, const Toml& at, std::string_view what, const std::string& name,
                  const std::vector<std::string>& names);

}  // namespace mueca
