#include "apps/study/kept_logits.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include "apps/table.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/files/sha256.h"
#include "nn/fields.h"

namespace mueca {
namespace {

constexpr std::size_t kMostPerNumber = 32;  // characters, more than any float32 or row takes

std::string head_of(const LogitsKey& key, std::string_view body) {
  return str("# logits of checkpoint ", key.checkpoint_sha256, " on pack ", key.pack_sha256, ", views ", key.views,
             ", lines ", sha256_of(body), "\n");
}

std::string columns_of(const LogitsKey& key) {
  std::string out = "row";
  for (const std::string& name : key.classes) out += "," + csv_cell("logit_" + name);
  return out + "\n";
}

// Takes a number and what ends it from the front of `rest`; false when something else stands there.
template <class T>
bool take(std::string_view& rest, T& value, char end) {
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc() || stop == rest.data() + rest.size() || *stop != end) return false;
  rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()) + 1);
  return true;
}

}  // namespace

std::string logits_text(const LogitsKey& key, const Tensor& logits) {
  const auto classes = static_cast<Index>(key.classes.size());
  check(logits.shape() == Shape({static_cast<Index>(key.rows.size()), classes}), "kept logits: ", key.rows.size(),
        " rows and ", classes, " classes, but logits ", logits.shape());
  std::string body = columns_of(key);
  const float* value = logits.data();
  for (const Index row : key.rows) {
    body += str(row);
    for (Index k = 0; k < classes; ++k) body += "," + field_text(*value++);
    body += "\n";
  }
  return head_of(key, body) + body;
}

std::optional<Tensor> parse_logits(const std::string& text, const LogitsKey& key) {
  const std::size_t head = text.find('\n') + 1;
  std::string_view rest = std::string_view(text).substr(head);
  const std::string columns = columns_of(key);
  if (head == 0 || text.substr(0, head) != head_of(key, rest) || !rest.starts_with(columns)) return {};
  rest.remove_prefix(columns.size());
  Tensor logits({static_cast<Index>(key.rows.size()), static_cast<Index>(key.classes.size())});
  float* value = logits.data();
  for (const Index row : key.rows) {
    Index said = -1;
    if (!take(rest, said, ',') || said != row) return {};
    for (std::size_t k = 0; k < key.classes.size(); ++k, ++value)
      if (!take(rest, *value, k + 1 < key.classes.size() ? ',' : '\n') || !std::isfinite(*value)) return {};
  }
  return rest.empty() ? std::optional(logits) : std::nullopt;
}

Tensor kept_logits(const std::filesystem::path& file, const LogitsKey& key, const std::function<Tensor()>& make) {
  const std::size_t most =
      4096 + kMostPerNumber * (key.rows.size() + 1) * (key.classes.size() + 1) + columns_of(key).size();
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error) && std::filesystem::file_size(file, error) <= most && !error)
    if (auto logits = parse_logits(read_file(file, most), key)) return *logits;
  const Tensor logits = make();
  write_file_atomically(file, logits_text(key, logits));
  return logits;
}

}  // namespace mueca
