#include "data/export.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/files/atomic_file.h"
#include "core/random.h"
#include "data/label_map.h"

namespace mueca {

void export_csv(const Pack& pack, std::span<const Index> rows, const std::filesystem::path& path) {
  const bool numbers = pack.class_names == emotion_names();
  for (const auto& names : {pack.class_names, pack.split_names})
    for (const auto& name : names)
      check(name.find_first_of(",\"\r\n") == std::string::npos, path.string(), ": name \"", name,
            "\" has commas, quotes or line ends, which this CSV cannot hold");
  AtomicFile target(path);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(target.temporary().c_str(), "wb"), std::fclose);
  check(file != nullptr, path.string(), ": cannot write: ", std::strerror(errno));
  std::string line = "emotion,pixels,Usage\n";
  const auto put = [&] {
    check(std::fwrite(line.data(), 1, line.size(), file.get()) == line.size(), path.string(),
          ": cannot write: ", std::strerror(errno));
    line.clear();
  };
  put();
  for (const Index row : rows) {
    const auto r = static_cast<std::size_t>(row);
    const auto pixels = pack.image(row);
    line += numbers ? std::to_string(pack.label[r]) : pack.class_names[static_cast<std::size_t>(pack.label[r])];
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      line += i == 0 ? ',' : ' ';
      line += std::to_string(pixels[i]);
    }
    line += ',';
    line += kaggle_split(pack.split_names[pack.split[r]]);
    line += '\n';
    put();
  }
  check(std::fflush(file.get()) == 0, path.string(), ": cannot write: ", std::strerror(errno));
  target.commit();
}

std::vector<SheetLine> class_lines(const Pack& pack, std::string_view split, Index per_class, std::uint64_t seed) {
  check(per_class > 0, "contact sheet: expected a positive number of images per class, got ", per_class);
  const int wanted = split.empty() ? -1 : pack.split_index(split);
  std::vector<SheetLine> lines(pack.class_names.size());
  for (Index i = 0; i < pack.size(); ++i) {
    const auto r = static_cast<std::size_t>(i);
    if (wanted < 0 || pack.split[r] == wanted) lines[static_cast<std::size_t>(pack.label[r])].rows.push_back(i);
  }
  for (std::size_t k = 0; k < lines.size(); ++k) {
    auto& rows = lines[k].rows;
    lines[k].title = str(pack.class_names[k], " (", rows.size(), ")");
    Random random({seed, RandomStream::shuffle}, static_cast<std::uint32_t>(k));
    for (std::size_t i = rows.size(); i > 1; --i)
      std::swap(rows[i - 1], rows[random.below(static_cast<std::uint32_t>(i))]);
    rows.resize(std::min(rows.size(), static_cast<std::size_t>(per_class)));
  }
  return lines;
}

}  // namespace mueca
