#include "kernels/cpu/split_bf16.h"

#ifdef MUECA_AMX
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#endif

namespace mueca::cpu {

#ifdef MUECA_AMX
bool has_amx() {
  // Linux hands out the large tile state on request only; the permission holds for every thread of the process.
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  static const bool allowed = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return allowed;
}

TileScope::TileScope() {
  // Static: GCC 12 tells its optimiser that the intrinsic reads eight bytes, and stores of the rest to a local are lost.
  static constexpr struct {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  static_assert(sizeof(config) == 64);
  _tile_loadconfig(&config);
}
#else
bool has_amx() { return false; }
#endif

}  // namespace mueca::cpu
