#include "bench/cuda/run_job.h"

#include <algorithm>

#include "core/bf16.h"
#include "core/error.h"

namespace mueca::bench {
namespace {

// Numbers that ours can store: so that both sides and the truth begin with the same.
void round_activations(HostTensors& host, Store store) {
  if (store == Store::float32) return;
  for (HostTensor& t : host)
    if (t.spec.kind == Kind::activation)
      for (float& v : t.values) v = widened(narrowed(v));
}

HostTensors make_host(const Job& job) {
  HostTensors host;
  for (std::size_t i = 0; i < job.tensors.size(); ++i) {
    const TensorSpec& spec = job.tensors[i];
    const bool filled = spec.kind != Kind::raw && spec.role != Role::output;
    host.push_back({spec, filled ? noise(spec.count(), i + 1) : std::vector<float>(), {}});
  }
  round_activations(host, job.store);
  if (job.prepare) job.prepare(host);
  round_activations(host, job.store);
  return host;
}

std::size_t bytes_of(const HostTensors& host, Store store) {
  std::size_t bytes = 0;
  for (const HostTensor& t : host) bytes += t.spec.kind == Kind::raw ? t.bytes.size() : bytes_in(t.spec, ours(store));
  return bytes;
}

std::string complaint(const Verdict& v) {
  return str(v.beyond, " of ", v.sampled, " sampled outputs are beyond what rounding allows (worst ", v.worst,
             " of their root mean square), ", v.not_finite, " outputs are not finite");
}

// Another library may sum in another order, or transform (Winograd): its errors are told, and judged loosely.
Verdict judge_peer(const std::vector<Expected>& expected, std::vector<std::vector<float>> outputs, const Peer& p) {
  std::vector<Expected> wide;
  for (Expected e : expected) {
    e.magnitude *= 64;
    if (!std::ranges::count(p.not_given, e.tensor)) wide.push_back(e);
  }
  for (const std::size_t i : p.not_given) outputs[i].clear();
  return judge(wide, outputs, p.math, p.format.store);
}

}  // namespace

Row run_job(const Job& job, const Bench& bench) {
  const HostTensors host = make_host(job);
  PeerContext context{bench.gpu, host, bench.protocol, bench.cudnn, bench.most_plans, {}, {}};
  context.protocol.sets = sets_for(bytes_of(host, job.store), bench.gpu.cache_bytes());
  DeviceTensors& mine = context.tensors(ours(job.store));
  const std::vector<Expected> expected = job.expected(host);
  Row row;
  job.run(bench.gpu.stream(), mine.set(0));
  row.verdict = judge(expected, mine.outputs(), job.math, job.store);
  check(row.verdict.right(), job.name(), ": ", complaint(row.verdict));

  std::vector<Side> sides = {[&](int set) { job.run(bench.gpu.stream(), mine.set(set)); }};
  std::vector<Peer> peers;
  if (job.peers && bench.cudnn) peers = job.peers(context);
  row.left_out = context.left_out;
  for (Peer& peer : peers) {
    DeviceTensors& theirs = context.tensors(peer.format);
    try {
      theirs.poison_outputs();
      peer.run(theirs.set(0));
      const Verdict verdict = judge_peer(expected, theirs.outputs(), peer);
      // Near zero, a rounded input may fall on the other side of a ReLU: a few gradients in a hundred.
      const bool few = peer.format.store != Store::float32 && verdict.beyond * 50 <= verdict.sampled;
      check(verdict.right() || (few && verdict.not_finite == 0), complaint(verdict));
      row.peers.push_back({peer.name, peer.engine, peer.format, {}, verdict, peer.workspace, peer.first_choice});
      sides.push_back([&peer, &theirs](int set) { peer.run(theirs.set(set)); });
    } catch (const std::exception& e) {
      row.left_out.push_back(str(peer.name, ": ", e.what()));
    }
  }
  const std::vector<Timing> timings = measure(bench.gpu, sides, context.protocol);
  row.ours = timings[0];
  for (std::size_t i = 0; i < row.peers.size(); ++i) row.peers[i].timing = timings[i + 1];
  return row;
}

bool comparable(const PeerRow& peer, const Job& job) {
  return peer.format.store == Store::float32 || job.math == Math::bf16 || job.store != Store::float32;
}

const PeerRow* best_peer(const Row& row, const Job& job) {
  const PeerRow* best = nullptr;
  for (const PeerRow& p : row.peers) {
    if (!comparable(p, job)) continue;
    if (!best || p.timing.median_us < best->timing.median_us) best = &p;
  }
  return best;
}

}  // namespace mueca::bench
