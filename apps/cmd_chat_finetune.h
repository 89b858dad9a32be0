// mueca chat finetune, and those of its commands that talk to a server.
#pragma once
#include "apps/command.h"

namespace mueca {

Action declare_chat_finetune(CLI::App& app);  // cmd_chat_finetune.cpp

// cmd_chat_finetune_jobs.cpp
Action declare_finetune_submit(CLI::App& app);
Action declare_finetune_watch(CLI::App& app);
Action declare_finetune_cancel(CLI::App& app);

}  // namespace mueca
