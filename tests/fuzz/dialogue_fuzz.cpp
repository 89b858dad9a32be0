// Any bytes as each dialogue format and as chat JSONL: dialogues whose examples are valid, or an Error, nothing else.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "apps/chat/finetune/prepare.h"
#include "apps/chat/finetune/validate.h"
#include "core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mueca;
  if (size == 0) return 0;
  // The first byte chooses how the others are read.
  constexpr DialogueFormat kFormats[] = {DialogueFormat::automatic, DialogueFormat::empathetic_dialogues,
                                         DialogueFormat::meld, DialogueFormat::esconv, DialogueFormat::log};
  const int file = memfd_create("fuzz", 0);
  if (file < 0 || write(file, data + 1, size - 1) != static_cast<ssize_t>(size - 1)) std::abort();
  const std::filesystem::path path = "/proc/self/fd/" + std::to_string(file);
  try {
    ImportOptions options;
    options.format = kFormats[data[0] % 5];
    options.strict = data[0] >= 128;
    ImportReport report;
    const std::vector<Dialogue> dialogues = import_dialogues(path, options, report);
    PrepareOptions prepare;
    prepare.persona = "Listen.";
    const Prepared prepared = prepare_examples(dialogues, prepare, report);
    for (const PreparedSplit* split : {&prepared.training, &prepared.validation})
      for (const std::string& line : split->lines)
        if (example_line(parse_example(line, "fuzz")) != line) std::abort();
  } catch (const Error&) {
  }
  try {
    const ValidationReport report = validate_examples(path, {});
    if (report.examples < 0) std::abort();
  } catch (const Error&) {
  }
  close(file);
  return 0;
}
