#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "gregale/v1/executor_registry.pb.h"
#include "gregale/v1/policy_action.pb.h"
#include "infra/vim_driver.h"
#include "sim/sim_executor.h"
#include "sim/sim_network.h"
#include "sim/sim_store.h"

namespace gregale::sim {

inline constexpr absl::Duration kLease = absl::Seconds(2);

// Who is at work on which deployment, and who should not be.
struct VimCalls {
  struct Call {
    const Node* by = nullptr;
    base::MonoTime since;
  };
  std::map<std::string, Call> open;  // by instance id
  std::string violation;
};

// A conductor with a network, a VIM and a thread of the simulator's: its rounds come one after the
// other.
class SimConductor {
 public:
  struct World {
    SimNetwork& network;
    base::Random& random;
    SharedDatabase& database;
    infra::VimDriver& vim;
    VimCalls& vim_calls;
    const base::SimScheduler& clock;  // of the world
    std::map<std::string, std::unique_ptr<SimExecutor>>& executors;
    int forgets = 0;  // see Mutant
  };
  SimConductor(std::string name, const World& world);
  ~SimConductor();

  void Start(base::MonoTime now);
  void Kill();
  Node& node() { return node_; }
  StoreFaults& faults() { return faults_; }
  // The next call to the VIM takes long, or what it led to is written late: `stall` runs then.
  void StallAtVim(std::function<void()> stall) { stall_ = std::move(stall); }

  // Its gRPC surface.
  absl::StatusOr<v1::HeartbeatResponse> Heartbeat(const v1::HeartbeatRequest& request);
  absl::StatusOr<v1::ExecutePolicyActionResponse> Report(
      const v1::ExecutePolicyActionRequest& request);

 private:
  struct Life;
  class Dialer;
  class Line;
  class Vim;

  SimExecutor& ExecutorAt(const std::string& address) const;

  const World world_;
  Node node_;
  StoreFaults faults_;
  std::function<void()> stall_;
  std::unique_ptr<Life> life_;
};

}  // namespace gregale::sim
