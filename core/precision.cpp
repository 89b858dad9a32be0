#include "core/precision.h"

#include <atomic>

#include "core/error.h"

namespace mueca {
namespace {

std::atomic<Precision> g_precision{Precision::float32};

}  // namespace

std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::float32:
      return "float32";
    case Precision::tf32:
      return "tf32";
    case Precision::bf16:
      return "bf16";
  }
  return "?";
}

Precision parse_precision(std::string_view name) {
  for (const Precision p : {Precision::float32, Precision::tf32, Precision::bf16})
    if (name == name_of(p)) return p;
  throw Error(str("precision: expected float32, tf32 or bf16, got '", name, "'"));
}

void set_precision(Precision precision) { g_precision = precision; }
Precision precision() { return g_precision; }

}  // namespace mueca
