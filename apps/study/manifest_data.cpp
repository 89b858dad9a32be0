// [data.NAME] of a manifest.
#include <algorithm>

#include "apps/study/manifest_parts.h"
#include "data/split.h"

namespace mueca {

template <class F>
static void visit_fields(FacesConfig& c, F&& f) {
  f("training", c.training), f("public_test", c.public_test), f("private_test", c.private_test), f("size", c.size);
  f("seed", c.seed), f("difficulty", c.difficulty);
}

namespace {

const std::vector<std::string> kSplitKeys{"train_on", "select_on", "test_on"};

std::vector<std::string> with_split_keys(std::vector<std::string> keys) {
  keys.insert(keys.end(), kSplitKeys.begin(), kSplitKeys.end());
  return keys;
}

// The splits that its arms use. A step that deals no new splits keeps those of what it starts from.
void parse_splits(const Reader& reader, const Study& so_far, StudyData& data) {
  for (const StudyData& other : so_far.data)
    if (other.name == data.from && data.split.empty()) data.values = other.values;
  for (const std::string& key : kSplitKeys)
    if (reader.get(key, Toml::Kind::text))
      data.values.push_back(
          {"data." + key, reader.text(key), str(reader.complaints().file(), ":", reader.line_of(key))});
}

void parse_faces(const Reader& reader, StudyData& data) {
  std::vector<std::string> keys = with_split_keys({"generate"});
  for (const auto& [key, value] : to_pairs(data.faces)) keys.push_back(key);
  reader.expect_keys(keys);
  reader.expect_one_of("generate", reader.text("generate"), {"faces"});
  for (const auto& [key, value] : reader.table().members)
    if (key != "generate" && value.is_scalar() &&
        std::find(kSplitKeys.begin(), kSplitKeys.end(), key) == kSplitKeys.end())
      reader.guard(value, [&, &key = key, &value = value] { set_field(data.faces, key, value.value); });
}

void parse_step(const Reader& reader, StudyData& data) {
  reader.expect_keys(
      with_split_keys({"from", "classes", "balance", "balance_split", "split", "keep_together", "seed"}));
  data.classes = reader.texts("classes");
  data.balance = reader.number<Index>("balance", 0);
  data.balance_split = reader.text("balance_split");
  data.split = reader.text("split");
  data.keep_together = reader.flag("keep_together");
  data.seed = reader.number<std::uint64_t>("seed", 1);
  int steps = 0;
  for (const char* step : {"classes", "balance", "split"}) steps += reader.find(step) != nullptr;
  if (steps != 1)
    reader.complain(reader.table(), "from: expected exactly one of classes, balance, split; chain data sets for more");
  if (const Toml* balance = reader.find("balance"); balance && (data.balance < 1 || data.balance > 10'000'000))
    reader.complain(*balance, str("balance: expected 1 to 10000000 images per class, got ", data.balance));
  if (const Toml* split = reader.find("split")) reader.guard(*split, [&] { parse_parts(data.split); });
  if (reader.find("balance_split") && !reader.find("balance"))
    reader.complain(*reader.find("balance_split"), "balance_split: stands beside balance");
  if (reader.find("keep_together") && !reader.find("split"))
    reader.complain(*reader.find("keep_together"), "keep_together: stands beside split");
}

}  // namespace

StudyData parse_study_data(Complaints& complaints, const std::string& name, const Toml& table, const Study& so_far) {
  const Reader reader(complaints, table, "data." + name);
  reader.expect_plain_name(table, name);
  StudyData data;
  data.name = name;
  data.line = table.line;
  int sources = 0;
  for (const char* source : {"pack", "generate", "from"}) sources += reader.find(source) != nullptr;
  if (sources != 1) {
    static const std::vector<std::string> kAll{
        "pack",          "generate", "from",     "classes",     "balance",      "balance_split", "split",
        "keep_together", "seed",     "training", "public_test", "private_test", "size",          "difficulty"};
    reader.expect_keys(with_split_keys(kAll));
    reader.complain(table, "expected exactly one of pack, generate, from");
  } else if (reader.find("pack")) {
    reader.expect_keys(with_split_keys({"pack"}));
    data.pack = reader.text("pack");
    data.line = reader.line_of("pack");
    if (data.pack.empty()) reader.complain(*reader.find("pack"), "pack: expected a file");
  } else if (reader.find("generate")) {
    parse_faces(reader, data);
  } else {
    data.from = reader.text("from");
    data.line = reader.line_of("from");
    expect_known(reader, *reader.find("from"), "from: no data set", data.from, data_names(so_far));
    parse_step(reader, data);
  }
  parse_splits(reader, so_far, data);
  return data;
}

}  // namespace mueca
