#include "data/folders.h"

#include <algorithm>

#include "core/files/atomic_file.h"
#include "core/files/sha256.h"
#include "data/csv_reader.h"
#include "data/image_header.h"
#include "data/info.h"

#if MUECA_HAVE_OPENCV
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#endif

namespace mueca {
namespace fs = std::filesystem;

#if MUECA_HAVE_OPENCV
namespace {

constexpr std::size_t kLargestFile = std::size_t{32} << 20;  // bytes
constexpr Index kMostPixels = Index{64} << 20;               // of one picture, before it is decoded
constexpr std::size_t kMostFiles = 10'000'000;

struct Picture {
  fs::path path;
  std::string_view split;
  int label;
  std::uint32_t clip = 0;  // 0: a still
};

// The entries of a folder, sorted by name, without hidden ones.
std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder))
    if (!entry.path().filename().string().starts_with('.')) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  check(paths.size() <= kMostFiles, folder.string(), ": more than ", kMostFiles, " files");
  return paths;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> paths = entries(folder);
  std::erase_if(paths, [](const fs::path& path) { return !fs::is_directory(path); });
  return paths;
}

void list_emotions(const fs::path& folder, std::string_view split, const LabelMap& labels, std::vector<Picture>& out) {
  constexpr std::string_view kEndings[] = {".jpg", ".jpeg", ".png", ".bmp", ".webp"};
  const auto is_picture = [&](const fs::path& path) {
    const std::string ending = lowercase(path.extension().string());
    return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
  };
  std::uint32_t clip = 0;  // the last one of the splits so far
  for (const Picture& picture : out) clip = std::max(clip, picture.clip);
  for (const auto& emotion : folders_in(folder)) {
    const int label = labels.find(emotion.filename().string());
    check(label != LabelMap::kUnknown, emotion.string(), ": \"", emotion.filename().string(),
          "\" is neither a split nor a label that the label map knows");
    for (const auto& path : entries(emotion)) {
      if (fs::is_directory(path)) {
        ++clip;
        for (const auto& frame : entries(path))
          if (is_picture(frame)) out.push_back({frame, split, label, clip});
      } else if (is_picture(path)) {
        out.push_back({path, split, label, 0});
      }
    }
  }
}

std::vector<Picture> list_pictures(const fs::path& folder, const LabelMap& labels) {
  check(fs::is_directory(folder), folder.string(), ": is not a folder");
  const auto top = folders_in(folder);
  check(!top.empty(), folder.string(), ": holds no folders, expected split/emotion/picture or emotion/picture");
  std::vector<Picture> pictures;
  const bool has_splits = !canonical_split(top.front().filename().string()).empty();
  if (!has_splits) list_emotions(folder, "training", labels, pictures);
  for (const auto& split : has_splits ? top : std::vector<fs::path>()) {
    const std::string_view name = canonical_split(split.filename().string());
    check(!name.empty(), split.string(), ": is not a split, but ", top.front().string(),
          " is; expected train, test, ...");
    list_emotions(split, name, labels, pictures);
  }
  check(!pictures.empty(), folder.string(), ": no .jpg, .jpeg, .png, .bmp or .webp in it");
  return pictures;
}

// Gray, size x size. Throws BadRow that names the file.
cv::Mat decode(const fs::path& path, std::string_view bytes, int size) {
  const auto expect = [&](bool ok, const auto&... reason) {
    if (!ok) throw BadRow(str(path.string(), ": ", reason...));
  };
  const auto header = read_image_header(bytes);
  expect(header.has_value(), "is not a JPEG, PNG, BMP or WebP picture");
  expect(Index{header->width} * header->height <= kMostPixels, header->width, " x ", header->height,
         " pixels are more than ", kMostPixels);
  expect(header->complete, "the ", header->format, " picture is cut off");
  cv::Mat gray;
  try {
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    gray = cv::imdecode(raw, cv::IMREAD_GRAYSCALE);
  } catch (const cv::Exception& error) {
    expect(false, "cannot be decoded: ", error.err);
  }
  expect(!gray.empty() && gray.type() == CV_8U, "the ", header->format, " picture is damaged");
  if (gray.rows == size && gray.cols == size) return gray;
  cv::Mat resized;
  const bool shrinks = gray.rows > size && gray.cols > size;
  cv::resize(gray, resized, {size, size}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return resized;
}

void check_merged_test(const Pack& pack, const fs::path& folder, ImportReport& report) {
  const Counts counts = count_classes(pack);
  for (std::size_t s = 0; s < counts.size(); ++s) {
    const std::string& split = pack.split_names[s];
    if (!is_merged_fer2013_test(counts[s])) continue;
    check(split != "private_test" && split != "public_test", folder.string(), ": its ", split,
          " has the counts of FER2013's PublicTest and PrivateTest together; rename the folder to test");
    report.notes.push_back("split " + split +
                           " is FER2013's PublicTest and PrivateTest together: accuracy on it is no "
                           "PrivateTest result");
  }
}

}  // namespace

Pack import_folders(const fs::path& folder, const ImportOptions& options, ImportReport& report) {
  check(options.size >= 1 && options.size <= PackBuilder::kLargestSide, "import: size must be 1 to ",
        PackBuilder::kLargestSide, ", got ", options.size);
  const auto pictures = list_pictures(folder, options.labels);
  PackBuilder builder;
  Sha256 hash;
  const Index bad_before = report.bad;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const Picture& picture = pictures[i];
    if (picture.label == LabelMap::kDrop) {
      ++report.dropped;
      continue;
    }
    try {
      std::string bytes;
      try {
        bytes = read_file(picture.path, kLargestFile);
      } catch (const Error& error) {
        throw BadRow(error.what());
      }
      const cv::Mat gray = decode(picture.path, bytes, options.size);
      builder.add({gray.data, gray.total()}, picture.label, picture.split, static_cast<std::uint32_t>(i), picture.clip);
      hash.update(sha256_of(bytes) + "  " + picture.path.lexically_relative(folder).generic_string() + "\n");
    } catch (const BadRow& problem) {
      if (!options.skip_bad) throw;
      report.skip(problem.what());
    }
  }
  check(builder.rows() > 0, folder.string(), ": no usable picture", report.bad > bad_before ? ": " : "",
        report.bad > bad_before ? report.problems.back() : "");
  report.rows += builder.rows();
  const fs::path named = folder.filename().empty() ? folder.parent_path().filename() : folder.filename();
  const std::string source = options.source.empty() ? named.string() : options.source;
  const std::string provenance = str("import ", source, ": folder ", named.string(), " sha256 ", hash.hex(),
                                     " of its sums, pictures ", builder.rows(), ", bad ", report.bad - bad_before,
                                     ", size ", options.size, ", labels \"", options.labels.assignments(), "\"\n");
  Pack pack = builder.finish(options.size, options.size, source, provenance);
  check_merged_test(pack, folder, report);
  return pack;
}

#else

Pack import_folders(const fs::path& folder, const ImportOptions&, ImportReport&) {
  throw Error(folder.string() + ": this build reads no picture folders, because OpenCV was not there");
}

#endif

}  // namespace mueca
