// Any bytes as the answer of a chat server: text that a terminal only prints, or an Error, nothing else.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "apps/chat/completion.h"
#include "apps/chat/crisis.h"
#include "apps/chat/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mueca;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t piece = 1 + size % 7;
  std::string text;
  TerminalFilter filter;
  Completion completion("fuzz", [&](std::string_view part) { text += filter.pass(part); });
  try {
    for (std::size_t at = 0; at < size; at += piece) completion.feed(bytes.substr(at, piece));
    completion.finish("text/event-stream");
  } catch (const Error&) {
  }
  text += filter.finish();
  if (text.find_first_of("\x1b\x07\r") != std::string::npos) std::abort();
  if (printable(text) != text) std::abort();
  complaint_in(std::string(bytes));
  speaks_of_crisis(bytes);
  return 0;
}
