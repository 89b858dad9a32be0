#include "apps/run_config.h"

#include <algorithm>

#include "core/error.h"
#include "core/files/sha256.h"
#include "core/nearest.h"
#include "nn/fields.h"

namespace mueca {
namespace {

template <class F>
void visit_fields(DataChoice& c, F&& f) {
  f("pack", c.pack), f("train_on", c.train_on), f("select_on", c.select_on), f("test_on", c.test_on);
  f("limit", c.limit), f("sampling", c.sampling), f("soft_targets", c.soft_targets);
}

template <class F>
void visit_fields(Recipe& c, F&& f) {
  f("epochs", c.epochs), f("batch", c.batch), f("loss", c.loss), f("label_smoothing", c.label_smoothing);
  f("ema", c.ema), f("clip", c.clip), f("patience", c.patience);
}

template <class F>
void visit_fields(RunPlace& c, F&& f) {
  f("out", c.out), f("study", c.study), f("name", c.name), f("init_weights", c.init_weights), f("seed", c.seed);
  f("threads", c.threads), f("checkpoint_steps", c.checkpoint_steps);
}

// Calls f(section, key, field) for every value of a configuration, in the order of config.toml.
template <class F>
void visit_config(RunConfig& c, F&& f) {
  const auto in = [&](std::string_view section) {
    return [&f, section](std::string_view key, auto& value) { f(section, key, value); };
  };
  visit_fields(c.data, in("data"));
  visit_fields(c.model, [&f](std::string_view key, auto& value) {
    if (key != "seed" && key != "classes") f("model", key, value);  // they follow run.seed and the pack
  });
  visit_fields(c.svm, in("svm"));
  visit_fields(c.train, in("train"));
  visit_fields(c.optimizer, in("optimizer"));
  visit_fields(c.schedule, in("schedule"));
  f("augment", "preset", c.preset);
  each_field(c.augment, in("augment"));
  visit_fields(c.run, in("run"));
}

std::string full_key(std::string_view section, std::string_view key) { return str(section, ".", key); }

// What the user may have meant: the nearest key, then the keys of the section, or the sections.
std::string known_keys(RunConfig& config, const std::string& wanted) {
  const std::string section = wanted.substr(0, wanted.find('.'));
  std::vector<std::string> keys, sections;
  visit_config(config, [&](std::string_view in, std::string_view key, auto&) {
    if (in == section) keys.emplace_back(key);
    if (sections.empty() || sections.back() != in) sections.emplace_back(in);
  });
  const auto listed = [](const std::string& word, const std::vector<std::string>& names, const std::string& what) {
    std::string list;
    for (const auto& name : names) list += " " + name;
    const std::string hint = did_you_mean(word, names);
    return (hint.empty() ? ";" : hint) + " " + what + ":" + list;
  };
  return keys.empty() ? listed(section, sections, "known sections")
                      : listed(wanted.substr(wanted.find('.') + 1), keys, "known in [" + section + "]");
}

void assign(RunConfig& config, const Assignment& a) {
  bool found = false;
  try {
    if (a.key == "augment.preset") config.augment = preset_policy(a.value);
    visit_config(config, [&](std::string_view section, std::string_view key, auto& value) {
      if (a.key == full_key(section, key)) parse_field(key, a.value, value), found = true;
    });
    check(found, "unknown key \"", a.key, "\"", known_keys(config, a.key));
  } catch (const Error& error) {
    throw Error(a.origin + ": " + error.what());
  }
}

void expect_one_of(std::string_view key, const std::string& value, std::initializer_list<std::string_view> names) {
  if (std::find(names.begin(), names.end(), value) != names.end()) return;
  std::string list;
  for (auto name : names) list += str(list.empty() ? "" : ", ", name);
  throw Error(str(key, ": expected one of ", list, ", got \"", value, "\""));
}

// Sections that check themselves later (model, optimizer, augmentation) are left to their owners.
void check_values(const RunConfig& c) {
  expect_one_of("data.sampling", c.data.sampling, {"natural", "balanced"});
  expect_one_of("svm.features", c.svm.features, {"hog", "lbp"});
  expect_one_of("svm.kernel", c.svm.kernel, {"linear", "rbf"});
  expect_one_of("train.loss", c.train.loss, {"cross_entropy", "squared_hinge"});
  check(c.train.epochs >= 1 && c.train.epochs <= 100000, "train.epochs: expected 1 to 100000, got ", c.train.epochs);
  check(c.train.batch >= 1 && c.train.batch <= 65536, "train.batch: expected 1 to 65536, got ", c.train.batch);
  check(c.train.label_smoothing >= 0 && c.train.label_smoothing < 1, "train.label_smoothing: expected 0 up to 1, got ",
        c.train.label_smoothing);
  check(c.train.ema >= 0 && c.train.ema < 1, "train.ema: expected 0 up to 1, got ", c.train.ema);
  check(c.train.clip >= 0, "train.clip: expected 0 or more, got ", c.train.clip);
  check(c.train.patience >= 0, "train.patience: expected 0 or more, got ", c.train.patience);
  check(c.run.seed <= INT64_MAX, "run.seed: expected at most ", INT64_MAX, ", got ", c.run.seed);  // TOML has 63 bits
  check(c.run.threads >= 0 && c.run.threads <= 4096, "run.threads: expected 0 to 4096, got ", c.run.threads);
  check(c.run.checkpoint_steps >= 0, "run.checkpoint_steps: expected 0 or more, got ", c.run.checkpoint_steps);
  for (const std::string* part : {&c.run.study, &c.run.name})  // they become names of folders
    check(part->find_first_of("/\\\n") == std::string::npos && *part != "." && *part != "..",
          "run.study and run.name: expected a plain name, got \"", *part, "\"");
  validate(c.schedule);
}

std::string toml_value(const std::string& value) { return toml_string(value); }
template <class T>
std::string toml_value(T value) {
  return field_text(value);
}

}  // namespace

RunConfig resolve_config(const std::vector<Assignment>& assignments) {
  RunConfig config;
  for (const auto& assignment : assignments) assign(config, assignment);
  config.model.seed = config.run.seed;
  check_values(config);
  return config;
}

std::vector<Assignment> config_assignments(const Toml& table, const std::string& file) {
  std::vector<Assignment> out;
  for (const auto& [section, content] : table.members) {
    check(content.kind == Toml::Kind::table, file, ":", content.line, ": \"", section,
          "\" must stand in a section such as [train]");
    std::vector<Assignment> keys;
    for (const auto& [key, value] : content.members) {
      check(value.is_scalar(), file, ":", value.line, ": ", section, ".", key, ": expected a single value, got ",
            name_of(value.kind));
      keys.push_back({full_key(section, key), value.value, str(file, ":", value.line)});
    }
    // The preset is the ground that the other fields of its table stand on, wherever it is written.
    std::stable_partition(keys.begin(), keys.end(), [](const auto& a) { return a.key == "augment.preset"; });
    out.insert(out.end(), keys.begin(), keys.end());
  }
  return out;
}

std::string config_text(const RunConfig& config) {
  RunConfig copy = config;
  std::string out, last;
  visit_config(copy, [&](std::string_view section, std::string_view key, auto& value) {
    if (section != last) out += str(out.empty() ? "" : "\n", "[", section, "]\n");
    last = section;
    out += str(key, " = ", toml_value(value), "\n");
  });
  return out;
}

std::string config_identity(const RunConfig& config) {
  RunConfig copy = config;
  copy.data.pack = copy.run.out = copy.run.study = copy.run.name = "";
  copy.run.threads = 0;
  copy.run.checkpoint_steps = 0;
  return config_text(copy);
}

std::string run_identity(const RunConfig& config, const std::string& data_sha256) {
  RunConfig copy = config;
  if (!copy.run.init_weights.empty()) copy.run.init_weights = sha256_file(copy.run.init_weights);
  return sha256_of(config_identity(copy) + data_sha256);
}

AugmentPolicy preset_policy(const std::string& name) {
  expect_one_of("augment.preset", name, {"none", "light", "standard", "strong"});
  AugmentPolicy policy;
  if (name == "none") return policy;
  policy.flip = 0.5f;
  policy.shift = 0.06f;
  if (name == "light") return policy;
  policy.shift = 0.1f;
  policy.rotate = 10;
  policy.scale_low = 0.9f;
  policy.scale_high = 1.1f;
  policy.brightness = policy.contrast = 0.2f;
  if (name == "standard") return policy;
  policy.shift = 0.15f;
  policy.rotate = 15;
  policy.scale_low = 0.8f;
  policy.scale_high = 1.2f;
  policy.brightness = policy.contrast = 0.3f;
  policy.erase = 0.5f;
  return policy;
}

}  // namespace mueca
