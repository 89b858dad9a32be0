#pragma once
#include "apps/command.h"

namespace mueca {

Action declare_embed(CLI::App& app);  // cmd_embed.cpp

}  // namespace mueca
