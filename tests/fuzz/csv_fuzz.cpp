// Any bytes as the Kaggle CSV (plain or .xz) and as FER+ votes: a valid pack or an Error, nothing else.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "data/kaggle_csv.h"
#include "data/votes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mueca;
  const int file = memfd_create("fuzz", 0);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  const std::filesystem::path path = "/proc/self/fd/" + std::to_string(file);
  ImportOptions options;
  options.skip_bad = size % 2 == 1;
  try {
    ImportReport report;
    Pack pack = import_kaggle_csv(path, options, report);
    check_pack(pack, "fuzz");
    if (pack.size() != report.rows) std::abort();
  } catch (const Error&) {
  }
  try {
    Pack pack = make_pack(1, 1, 1);
    pack.class_names = emotion_names();
    pack.split_names = {"training"};
    pack.source_names = {"fuzz"};
    attach_votes(pack, path);
    check_pack(pack, "fuzz");
  } catch (const Error&) {
  }
  close(file);
  return 0;
}
