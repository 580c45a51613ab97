#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "conductor/session_dialer.h"
#include "gregale/v1/executor_registry.pb.h"
#include "gregale/v1/policy_action.pb.h"
#include "sim/sim_network.h"

namespace gregale::sim {

// What an executor calls, and what its probes find.
struct Surroundings {
  SimNetwork& network;
  base::Random& random;
  // The nodes of the conductors, and what they answer.
  std::function<std::vector<Node*>()> conductors;
  std::function<absl::StatusOr<v1::HeartbeatResponse>(Node&, const v1::HeartbeatRequest&)>
      heartbeat;
  std::function<absl::StatusOr<v1::ExecutePolicyActionResponse>(
      Node&, const v1::ExecutePolicyActionRequest&)>
      report;
  std::function<bool(const std::string& address)> answers;
};

// An executor as in src/executor/main.cc, but for the network.
class SimExecutor {
 public:
  SimExecutor(std::string name, const Surroundings& surroundings);
  ~SimExecutor();

  // A new life, with nothing of the one before.
  void Start(base::MonoTime now);
  // kill -9: first it is silent, then its objects go.
  void Kill();
  Node& node() { return node_; }

  // A conductor's session, and its witness's probes.
  std::unique_ptr<conductor::Session> Connect(Node& conductor,
                                              std::function<void(v1::SessionEvent)> on_event,
                                              std::function<void(absl::Status)> on_gone);
  void Witness(const v1::ProbeRequest& request,
               std::function<void(absl::StatusOr<v1::ProbeResponse>)> done);

  // The action ids of the monitors that run here, also while it hangs.
  std::vector<std::string> Running() const;
  // Breaks the sessions that cannot be used any more, as keepalive would.
  void BreakSessions();

 private:
  struct Life;
  struct Link;
  class LinkSession;
  class LinkSink;

  void Break(Link& link);

  Surroundings around_;
  Node node_;
  uint64_t links_made_ = 0;
  std::map<uint64_t, std::shared_ptr<Link>> links_;
  std::unique_ptr<Life> life_;
};

}  // namespace gregale::sim
