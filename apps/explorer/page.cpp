#include "apps/explorer/page.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "apps/explorer/jpeg.h"
#include "apps/figures/palette.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/files/base64.h"
#include "core/files/sha256.h"
#include "core/files/share.h"
#include "core/parallel.h"

namespace mueca {
namespace {

using nlohmann::ordered_json;

constexpr int kSheetColumns = 32;  // sheets of 1024 thumbnails, small enough for a phone to decode
constexpr int kQuality = 78;       // of the thumbnails' JPEG: faces stay clear, a page stays small

std::string text_of(std::string_view part) { return read_file(share_folder("explorer") / part, 1 << 20); }

// Little-endian bytes, which is what every browser's typed arrays are.
template <class To, class From>
std::string column(const std::vector<From>& values) {
  std::string bytes;
  bytes.reserve(values.size() * sizeof(To));
  for (const From v : values)
    for (std::size_t b = 0; b < sizeof(To); ++b)
      bytes += static_cast<char>(std::uint64_t{static_cast<To>(v)} >> (8 * b));
  return base64(bytes);
}

std::string hex(Color c) {
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", c.red, c.green, c.blue);
  return text;
}

ordered_json json_of(const ExplorerMap& map, Index count) {
  check(map.xy.shape() == Shape({count, 2}), "explorer: ", map.name, " is ", map.xy.shape(), ", expected [", count,
        ", 2]");
  float low[2], high[2];
  for (int axis = 0; axis < 2; ++axis) low[axis] = INFINITY, high[axis] = -INFINITY;
  const float* at = map.xy.data();
  for (Index i = 0; i < 2 * count; ++i) {
    check(std::isfinite(at[i]), "explorer: ", map.name, " of image ", i / 2, " is not finite");
    low[i % 2] = std::min(low[i % 2], at[i]), high[i % 2] = std::max(high[i % 2], at[i]);
  }
  double middle[2], half = 1e-30;
  for (int axis = 0; axis < 2; ++axis) {
    middle[axis] = (double{low[axis]} + high[axis]) / 2;
    half = std::max(half, (double{high[axis]} - low[axis]) / 2);
  }
  std::vector<long> places;
  for (Index i = 0; i < 2 * count; ++i) places.push_back(std::lround(((at[i] - middle[i % 2]) / half + 1) * 32767.5));
  return {{"name", map.name},
          {"axes", map.axes},
          {"middle", {middle[0], middle[1]}},
          {"half", half},
          {"xy", column<std::uint16_t>(places)}};
}

// Square sheets of kSheetColumns x kSheetColumns thumbnails, row by row; the last one no higher than it must be.
ordered_json sheets_of(const Tensor& images) {
  const Index count = images.extent(0), per_sheet = kSheetColumns * kSheetColumns;
  const auto side = static_cast<int>(images.extent(1));
  std::vector<std::string> sheets(static_cast<std::size_t>((count + per_sheet - 1) / per_sheet));
  parallel_for(static_cast<std::int64_t>(sheets.size()), 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t s = first; s < last; ++s) {
      const Index begin = s * per_sheet, here = std::min(per_sheet, count - begin);
      const int width = kSheetColumns * side, lines = static_cast<int>((here + kSheetColumns - 1) / kSheetColumns);
      std::vector<std::uint8_t> sheet(static_cast<std::size_t>(width) * static_cast<std::size_t>(lines * side), 128);
      for (Index i = 0; i < here; ++i) {
        const std::uint8_t* from = images.data<std::uint8_t>() + (begin + i) * side * side;
        const Index to = i / kSheetColumns * side * width + i % kSheetColumns * side;
        for (int y = 0; y < side; ++y)
          std::memcpy(&sheet[static_cast<std::size_t>(to + Index{y} * width)], from + y * side,
                      static_cast<std::size_t>(side));
      }
      sheets[static_cast<std::size_t>(s)] = base64(gray_jpeg(sheet, width, lines * side, kQuality));
    }
  });
  return sheets;
}

void check_columns(const Explorer& e) {
  const std::size_t n = e.row.size();
  check(n > 0 && !e.maps.empty(), "explorer: no images or no map");
  check(e.label.size() == n && e.split.size() == n && e.predicted.size() == e.confidence.size() &&
            (e.predicted.empty() || e.predicted.size() == n),
        "explorer: columns of unequal length");
  check(e.class_names.size() <= 255, "explorer: ", e.class_names.size(), " classes; it can tell 255 apart");
  const auto known = [](const auto& codes, const auto& names) {
    return std::ranges::all_of(codes, [&](auto k) { return k >= 0 && static_cast<std::size_t>(k) < names.size(); });
  };
  check(known(e.label, e.class_names) && known(e.predicted, e.class_names) && known(e.split, e.split_names),
        "explorer: a class or split without a name");
  const Shape& s = e.images.shape();
  check(s.rank() == 3 && s[0] == static_cast<Index>(n) && s[1] == s[2] && s[1] % 8 == 0 && s[1] > 0,
        "explorer: images are ", s, "; expected [", n, ", T, T] with T a multiple of 8");
}

ordered_json data_of(const Explorer& e) {
  ordered_json data = {{"title", e.title}, {"count", e.row.size()}};
  data["classes"] = ordered_json::array();
  for (std::size_t k = 0; k < e.class_names.size(); ++k)
    data["classes"].push_back(
        {{"name", e.class_names[k]}, {"color", hex(class_color(e.class_names[k], static_cast<int>(k)))}});
  data["splits"] = e.split_names;
  data["right"] = hex(kBlue), data["wrong"] = hex(kVermillion);
  data["row"] = column<std::uint32_t>(e.row);
  data["label"] = column<std::uint8_t>(e.label);
  data["split"] = column<std::uint8_t>(e.split);
  if (!e.predicted.empty()) {
    std::vector<long> shares;
    for (const float c : e.confidence) shares.push_back(std::lround(std::clamp(double{c}, 0.0, 1.0) * 65535));
    data["predicted"] = column<std::uint8_t>(e.predicted);
    data["confidence"] = column<std::uint16_t>(shares);
  }
  data["projections"] = ordered_json::array();
  for (const ExplorerMap& map : e.maps) data["projections"].push_back(json_of(map, static_cast<Index>(e.row.size())));
  data["facts"] = e.facts;
  data["thumbnail"] = e.images.extent(1), data["columns"] = kSheetColumns;
  data["sheets"] = sheets_of(e.images);
  return data;
}

// JSON that HTML reads as text: a name cannot end the script element it stands in.
std::string within_html(const ordered_json& data) {
  const std::string plain = data.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(plain.size());
  for (const char c : plain)
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  return out;
}

// What the page may load and run: its own style and script, known by their hashes, and pictures that it carries.
std::string policy(const std::string& style, const std::string& script) {
  const auto hash = [](const std::string& text) {
    const std::string digits = sha256_of(text);
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2)
      bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return "'sha256-" + base64(bytes) + "'";
  };
  return "default-src 'none'; img-src data:; style-src " + hash(style) + "; script-src " + hash(script) +
         "; base-uri 'none'; form-action 'none'";
}

}  // namespace

int thumbnail_side(Index images) { return images <= 10000 ? 48 : 24; }

std::string explorer_page(const Explorer& explorer) {
  check_columns(explorer);
  const std::string style = text_of("page.css");
  std::string script;
  for (const char* part : {"points.js", "grid.js", "search.js", "view.js", "draw.js", "card.js", "controls.js"})
    script += text_of(part);
  const std::pair<std::string_view, std::string> parts[] = {{"@POLICY@", policy(style, script)},
                                                            {"@STYLE@", style},
                                                            {"@DATA@", within_html(data_of(explorer))},
                                                            {"@SCRIPT@", script}};
  const std::string frame = text_of("page.html");
  std::string page;
  std::size_t at = 0;
  for (const auto& [mark, content] : parts) {  // in the page's order
    const std::size_t next = frame.find(mark, at);
    check(next != std::string::npos, "explorer: page.html has no ", mark, " where expected");
    page += frame.substr(at, next - at) + content;
    at = next + mark.size();
  }
  return page + frame.substr(at);
}

}  // namespace mueca
