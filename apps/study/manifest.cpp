#include "apps/study/manifest.h"

#include <algorithm>

#include "core/error.h"
#include "core/files/share.h"
#include "nn/fields.h"

namespace fs = std::filesystem;

namespace mueca {

template <class F>
static void visit_fields(FacesConfig& c, F&& f) {
  f("training", c.training), f("public_test", c.public_test), f("private_test", c.private_test), f("size", c.size);
  f("seed", c.seed), f("difficulty", c.difficulty);
}

namespace {

// One table of the manifest, with complaints that name the line.
class Reader {
 public:
  Reader(const std::string& file, const Toml& table, std::string what) : file_(file), table_(table), what_(what) {}

  [[noreturn]] void fail(const Toml& at, const std::string& sentence) const {
    throw Error(str(file_, ":", at.line, ": ", what_, ": ", sentence));
  }
  const Toml* get(std::string_view key, Toml::Kind kind) const {
    const Toml* value = table_.find(key);
    if (value && value->kind != kind)
      fail(*value, str(key, ": expected ", name_of(kind), ", got ", name_of(value->kind)));
    return value;
  }
  std::string text(std::string_view key) const {
    const Toml* value = get(key, Toml::Kind::text);
    return value ? value->value : "";
  }
  bool flag(std::string_view key) const {
    const Toml* value = get(key, Toml::Kind::boolean);
    return value && value->value == "true";
  }
  template <class T>
  T number(const Toml& value, std::string_view key) const {
    T out{};
    try {
      parse_field(key, value.value, out);
    } catch (const Error& error) {
      fail(value, error.what());
    }
    return out;
  }
  const Toml& table() const { return table_; }

 private:
  const std::string& file_;
  const Toml& table_;
  std::string what_;
};

void expect_plain_name(const Reader& reader, const Toml& at, const std::string& name) {
  const bool plain = !name.empty() &&
                     name.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_-.") == std::string::npos &&
                     name[0] != '.';
  if (!plain) reader.fail(at, "name: expected letters, digits, _ - ., got \"" + name + "\"");
}

StudyData parse_data(const std::string& file, const std::string& name, const Toml& table) {
  const Reader reader(file, table, "data." + name);
  expect_plain_name(reader, table, name);
  StudyData data;
  data.name = name;
  data.pack = reader.text("pack");
  const std::string generator = reader.text("generate");
  if (data.pack.empty() == generator.empty()) reader.fail(table, "expected either pack or generate");
  if (!generator.empty() && generator != "faces")
    reader.fail(table, "generate: expected \"faces\", got \"" + generator + "\"");
  for (const auto& [key, value] : table.members) {
    if (key == "pack" || key == "generate") continue;
    try {
      if (data.pack.empty() && value.is_scalar() && set_field(data.faces, key, value.value)) continue;
    } catch (const Error& error) {
      reader.fail(value, error.what());
    }
    reader.fail(value, "unknown key \"" + key + "\"");
  }
  return data;
}

StudyArm parse_arm(const std::string& file, const Toml& table, const Study& so_far) {
  const Reader reader(file, table, "arm");
  StudyArm arm;
  Toml sections;
  for (const auto& [key, value] : table.members) {
    if (value.kind == Toml::Kind::table)
      sections.members.emplace_back(key, value);
    else if (key != "name" && key != "label" && key != "note" && key != "data" && key != "start_from" &&
             key != "supporting" && key != "seeds")
      reader.fail(value, "unknown key \"" + key + "\"; known: name label note data start_from supporting seeds");
  }
  arm.values = config_assignments(sections, file);
  arm.name = reader.text("name");
  expect_plain_name(reader, table, arm.name);
  arm.label = reader.text("label").empty() ? arm.name : reader.text("label");
  arm.note = reader.text("note");
  arm.supporting = reader.flag("supporting");
  if (const Toml* seeds = reader.get("seeds", Toml::Kind::array)) {
    arm.seeds.clear();
    for (const Toml& seed : seeds->items) arm.seeds.push_back(reader.number<std::uint64_t>(seed, "seeds"));
    if (arm.seeds.empty()) reader.fail(*seeds, "seeds: expected at least one");
  }
  arm.data = reader.text("data").empty() ? so_far.data.front().name : reader.text("data");
  const auto has_data = [&](const StudyData& data) { return data.name == arm.data; };
  if (std::none_of(so_far.data.begin(), so_far.data.end(), has_data))
    reader.fail(*table.find("data"), "data: no [data." + arm.data + "]");
  arm.start_from = reader.text("start_from");
  const auto is_start = [&](const StudyArm& other) { return other.name == arm.start_from; };
  if (!arm.start_from.empty() && std::none_of(so_far.arms.begin(), so_far.arms.end(), is_start))
    reader.fail(*table.find("start_from"), "start_from: no arm \"" + arm.start_from + "\" comes before this one");
  const auto is_same = [&](const StudyArm& other) { return other.name == arm.name; };
  if (std::any_of(so_far.arms.begin(), so_far.arms.end(), is_same))
    reader.fail(table, "two arms are named \"" + arm.name + "\"");
  return arm;
}

}  // namespace

Study parse_study(const Toml& root, const std::string& file, const std::string& name) {
  const Reader reader(file, root, "study");
  for (const auto& [key, value] : root.members)
    if (key != "title" && key != "data" && key != "recipe" && key != "arm")
      reader.fail(value, "unknown key \"" + key + "\"; known: title data recipe arm");
  Study study;
  study.name = name;
  study.title = reader.text("title").empty() ? name : reader.text("title");
  const Toml* data = reader.get("data", Toml::Kind::table);
  if (!data || data->members.empty()) reader.fail(root, "a table [data.NAME] is missing");
  for (const auto& [key, value] : data->members) {
    if (value.kind != Toml::Kind::table) reader.fail(value, "data: expected tables [data.NAME]");
    study.data.push_back(parse_data(file, key, value));
  }
  if (const Toml* recipe = reader.get("recipe", Toml::Kind::table)) study.recipe = config_assignments(*recipe, file);
  const Toml* arms = reader.get("arm", Toml::Kind::array);
  if (!arms || arms->items.empty()) reader.fail(root, "at least one [[arm]] is missing");
  for (const Toml& arm : arms->items) {
    if (arm.kind != Toml::Kind::table) reader.fail(arm, "arm: expected tables [[arm]]");
    study.arms.push_back(parse_arm(file, arm, study));
    std::vector<Assignment> all = study.recipe;  // every value is tried before the first run starts
    all.insert(all.end(), study.arms.back().values.begin(), study.arms.back().values.end());
    resolve_config(all);
  }
  return study;
}

Study read_study(const fs::path& path) { return parse_study(read_toml(path), path.string(), path.stem().string()); }

const StudyData& data_of(const Study& study, const StudyArm& arm) {
  return *std::find_if(study.data.begin(), study.data.end(), [&](const auto& data) { return data.name == arm.data; });
}

std::vector<fs::path> shipped_studies() {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(share_folder("studies"), error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".toml") found.push_back(at->path());
  std::sort(found.begin(), found.end());
  return found;
}

fs::path find_study(const std::string& name) {
  if (fs::path(name).extension() == ".toml") return name;
  std::string names;
  for (const auto& path : shipped_studies()) {
    if (path.stem() == name) return path;
    names += " " + path.stem().string();
  }
  throw Error("no study \"" + name + "\"; there are:" + names + "; or give the path of a .toml manifest");
}

}  // namespace mueca
