// A job from its tensors to its row: ours and every peer verified, then timed in turns.
#pragma once
#include <string>
#include <vector>

#include "bench/cuda/peer.h"

namespace mueca::bench {

struct PeerRow {
  std::string name, engine;
  Format format;
  Timing timing;
  Verdict verdict;
  std::size_t workspace = 0;
  bool first_choice = false;
};

struct Row {
  Timing ours;
  Verdict verdict;
  std::vector<PeerRow> peers;         // those whose results are right
  std::vector<std::string> left_out;  // and why the others are not here
};

struct Bench {
  Gpu& gpu;
  Protocol protocol;
  void* cudnn = nullptr;
  std::size_t most_plans = 0;
};

// Throws Error when ours is wrong: what is wrong has no speed.
Row run_job(const Job& job, const Bench& bench);

// The fastest peer that stores what ours stores, or null; for bf16 also one that stores 16 bits, since ours rounds
// to that too.
const PeerRow* best_peer(const Row& row, Math math);

}  // namespace mueca::bench
