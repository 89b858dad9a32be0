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

// Whether a peer does what ours does: stores what ours stores, or 16 bits where ours rounds to them anyway; one that
// stores float32 is never an unfair one.
bool comparable(const PeerRow& peer, const Job& job);
// The fastest of those, or null.
const PeerRow* best_peer(const Row& row, const Job& job);

}  // namespace mueca::bench
