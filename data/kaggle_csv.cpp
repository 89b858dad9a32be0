#include "data/kaggle_csv.h"

#include <algorithm>
#include <limits>

#include "data/csv_reader.h"

namespace mueca {
namespace {

constexpr Index kMostRows = 10'000'000;

struct Columns {
  int emotion = -1, pixels = -1, usage = -1;
};

std::string expected_header() { return "expected the columns emotion, pixels and (optional) Usage in any order"; }

Columns find_columns(const CsvReader& csv) {
  Columns columns;
  for (int i = 0; i < static_cast<int>(csv.header().size()); ++i) {
    const std::string& name = csv.header()[static_cast<std::size_t>(i)];
    int* column = name == "emotion"  ? &columns.emotion
                  : name == "pixels" ? &columns.pixels
                  : name == "usage"  ? &columns.usage
                                     : nullptr;
    check(column != nullptr, csv.name(), ":1: column ", i + 1, " is \"", name.substr(0, 40), "\", ", expected_header());
    check(*column < 0, csv.name(), ":1: column \"", name, "\" is there twice");
    *column = i;
  }
  check(columns.emotion >= 0 && columns.pixels >= 0, csv.name(), ":1: column \"",
        columns.emotion < 0 ? "emotion" : "pixels", "\" is missing, ", expected_header());
  return columns;
}

std::string quoted(std::string_view text) { return str('"', text.substr(0, 40), text.size() > 40 ? "...\"" : "\""); }

// Values 0 to 255 with blanks between them; at most out.size() of them. Returns how many.
std::size_t parse_pixels(const CsvReader& csv, std::string_view text, std::span<std::uint8_t> out) {
  const char* p = text.data();
  const char* const end = p + text.size();
  std::size_t n = 0;
  for (;;) {
    while (p < end && *p == ' ') ++p;
    if (p == end) return n;
    const char* const start = p;
    unsigned value = 0, digit = 0;
    for (; p < end && (digit = static_cast<unsigned char>(*p) - unsigned{'0'}) <= 9 && p < start + 4; ++p)
      value = value * 10 + digit;
    if (p == start || value > 255 || (p < end && *p != ' ')) {
      const std::string_view rest(start, static_cast<std::size_t>(end - start));
      csv.fail(start,
               str("pixels: value ", n + 1, " is ", quoted(rest.substr(0, rest.find(' '))), ", expected 0 to 255"));
    }
    if (n == out.size()) csv.fail(start, str("pixels: more than ", out.size(), " values"));
    out[n++] = static_cast<std::uint8_t>(value);
  }
}

class Importer {
 public:
  Importer(const std::filesystem::path& path, const ImportOptions& options, ImportReport& report)
      : csv_(path), columns_(find_columns(csv_)), options_(options), report_(report) {}

  Pack run(const std::filesystem::path& path) {
    for (bool more = true; more;) {
      try {
        more = csv_.next();
        check(csv_.row() < kMostRows, csv_.name(), ": more than ", kMostRows, " rows");
        if (more) add_row();
      } catch (const BadRow& problem) {
        if (!options_.skip_bad) throw;
        report_.skip(problem.what());
      }
    }
    check(builder_.rows() > 0, csv_.name(), ": no usable row", report_.bad ? ": " : "",
          report_.bad ? report_.problems.front() : "");
    report_.rows += builder_.rows();
    const std::string source = options_.source.empty() ? path.stem().stem().string() : options_.source;
    const std::string provenance = str("import ", source, ": csv ", path.filename().string(), " sha256 ", csv_.sha256(),
                                       ", rows ", builder_.rows(), ", dropped ", report_.dropped, ", bad ", report_.bad,
                                       ", labels \"", options_.labels.assignments(), "\"\n");
    return builder_.finish(side_, side_, source, provenance);
  }

 private:
  void add_row() {
    const std::string_view emotion = csv_.field(columns_.emotion), pixels = csv_.field(columns_.pixels);
    const int label = options_.labels.find(emotion);
    if (label == LabelMap::kUnknown)
      csv_.fail(emotion.data(), str("emotion: ", quoted(emotion),
                                    " is not a label: expected 0 to 6 or a name that the "
                                    "label map knows"));
    std::string_view split = "training";
    if (columns_.usage >= 0) {
      const std::string_view usage = csv_.field(columns_.usage);
      split = canonical_split(usage);
      if (split.empty())
        csv_.fail(usage.data(), str("Usage: ", quoted(usage),
                                    " is not Training, PublicTest, PrivateTest, Validation or "
                                    "Test"));
    }
    if (side_ == 0) {
      find_side(pixels);
    } else if (const auto n = parse_pixels(csv_, pixels, image_); n != image_.size()) {
      csv_.fail(pixels.data(), str("pixels: expected ", image_.size(), " values (", side_, " x ", side_, "), got ", n));
    }
    if (label == LabelMap::kDrop)
      ++report_.dropped;
    else
      builder_.add(image_, label, split, static_cast<std::uint32_t>(csv_.row()));
  }

  // The first good row says how large the images are.
  void find_side(std::string_view pixels) {
    constexpr int kMost = PackBuilder::kLargestSide;
    image_.resize(std::size_t{kMost} * kMost);
    const std::size_t n = parse_pixels(csv_, pixels, image_);
    int side = 1;
    while (static_cast<std::size_t>(side) * static_cast<std::size_t>(side) < n) ++side;
    if (n == 0 || static_cast<std::size_t>(side) * static_cast<std::size_t>(side) != n)
      csv_.fail(pixels.data(), str("pixels: ", n, " values are not a square image"));
    image_.resize(n);
    side_ = side;
  }

  CsvReader csv_;
  Columns columns_;
  const ImportOptions& options_;
  ImportReport& report_;
  PackBuilder builder_;
  int side_ = 0;                     // 0: not known yet
  std::vector<std::uint8_t> image_;  // [side, side]
};

}  // namespace

bool is_kaggle_csv(const std::filesystem::path& path) {
  const CsvReader csv(path);
  const auto& header = csv.header();
  return std::find(header.begin(), header.end(), "pixels") != header.end();
}

Pack import_kaggle_csv(const std::filesystem::path& path, const ImportOptions& options, ImportReport& report) {
  return Importer(path, options, report).run(path);
}

}  // namespace mueca
