#include <algorithm>
#include <cstdio>

#include "core/files/atomic_file.h"
#include "data/clips.h"
#include "data/export.h"

#if MUECA_HAVE_OPENCV
#include <unistd.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#endif

namespace mueca {
namespace fs = std::filesystem;

#if MUECA_HAVE_OPENCV
namespace {

constexpr Index kMostSheetPixels = Index{256} << 20;
constexpr int kGap = 2, kMargin = 6;  // pixels

cv::Mat as_mat(const Pack& pack, Index row) {
  return {pack.height, pack.width, CV_8U, const_cast<std::uint8_t*>(pack.image(row).data())};
}

std::string as_png(const cv::Mat& image) {
  std::vector<std::uint8_t> bytes;
  check(cv::imencode(".png", image, bytes), "png: cannot encode ", image.cols, " x ", image.rows, " pixels");
  return {bytes.begin(), bytes.end()};
}

// Names come from strangers: they become one path component or nothing.
void check_component(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == ' ';
  });
  check(plain && !name.empty() && name.front() != '.', "export: \"", name, "\" cannot be the name of a folder or file");
}

}  // namespace

void export_folders(const Pack& pack, std::span<const Index> rows, const fs::path& folder) {
  for (const auto* names : {&pack.split_names, &pack.class_names, &pack.source_names})
    for (const auto& name : *names) check_component(name);
  check(!fs::exists(folder), folder.string(), ": is already there");
  const fs::path part = folder.string() + ".part-" + std::to_string(getpid());
  try {
    for (const Index row : rows) {
      const cv::Mat image = as_mat(pack, row);  // checks the row, too
      const auto r = static_cast<std::size_t>(row);
      const fs::path place =
          part / pack.split_names[pack.split[r]] / pack.class_names[static_cast<std::size_t>(pack.label[r])];
      fs::create_directories(place);
      char number[32];
      std::snprintf(number, sizeof number, "-%07u", pack.row[r]);
      std::string name = pack.source_names[pack.source[r]] + number;
      if (pack.copy[r] > 0) name += str("-", pack.copy[r]);
      if (pack.has_clips() && pack.clip[r] > 0) {  // a folder per clip, as import reads them
        const Index first = first_of_clip(pack, row);
        std::snprintf(number, sizeof number, "-%07u", pack.row[static_cast<std::size_t>(first)]);
        const std::string folder_name = pack.source_names[pack.source[r]] + number;
        fs::create_directories(place / folder_name);
        std::snprintf(number, sizeof number, "/%04d", static_cast<int>(row - first));
        name = folder_name + number;
      }
      check(cv::imwrite((place / (name + ".png")).string(), image), folder.string(), ": cannot write ", name);
    }
    fs::rename(part, folder);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(part, ignored);
    throw;
  }
}

void save_contact_sheet(const Pack& pack, std::span<const SheetLine> lines, int scale, const fs::path& path) {
  check(scale >= 1 && scale <= 16, "contact sheet: scale must be 1 to 16, got ", scale);
  constexpr auto kFont = cv::FONT_HERSHEY_SIMPLEX;
  constexpr double kFontScale = 0.45;
  int longest = 0, columns = 0;
  for (const auto& line : lines) {
    longest = std::max(longest, cv::getTextSize(line.title, kFont, kFontScale, 1, nullptr).width);
    columns = std::max(columns, static_cast<int>(line.rows.size()));
  }
  const int width = pack.width * scale, height = std::max(pack.height * scale, 18);
  const Index sheet_width = 2 * kMargin + longest + Index{columns} * (width + kGap);
  const Index sheet_height = 2 * kMargin + static_cast<Index>(lines.size()) * (height + kGap);
  check(!lines.empty() && columns > 0, "contact sheet: nothing to show");
  check(sheet_width <= kMostSheetPixels / sheet_height, "contact sheet: ", sheet_width, " x ", sheet_height,
        " pixels are too many; show fewer images or a smaller scale");
  cv::Mat sheet(static_cast<int>(sheet_height), static_cast<int>(sheet_width), CV_8U, cv::Scalar(255));
  int top = kMargin;
  for (const auto& line : lines) {
    cv::putText(sheet, line.title, {kMargin, top + height / 2 + 5}, kFont, kFontScale, cv::Scalar(0), 1, cv::LINE_AA);
    int left = 2 * kMargin + longest;
    for (const Index row : line.rows) {
      cv::Mat place = sheet(cv::Rect(left, top, width, pack.height * scale));
      cv::resize(as_mat(pack, row), place, place.size(), 0, 0, cv::INTER_NEAREST);
      left += width + kGap;
    }
    top += height + kGap;
  }
  write_file_atomically(path, as_png(sheet));
}

#else

void export_folders(const Pack&, std::span<const Index>, const fs::path& folder) {
  throw Error(folder.string() + ": this build writes no pictures, because OpenCV was not there");
}
void save_contact_sheet(const Pack&, std::span<const SheetLine>, int, const fs::path& path) {
  throw Error(path.string() + ": this build writes no pictures, because OpenCV was not there");
}

#endif

}  // namespace mueca
