#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "gregale/v1/executor_registry.grpc.pb.h"
#include "gregale/v1/policy_action.grpc.pb.h"
#include "rpc/server.h"

namespace gregale::bench {

// A conductor that takes heartbeats and reports, and notes how late each report was: how long after
// the time at which the policy's own arithmetic (the first failed probe, `count` probes, the
// timeout) could know of the failure.
class FailureDesk {
 public:
  FailureDesk(int count, double interval, double timeout);

  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  // Seconds, one for each report so far.
  std::vector<double> lateness() const;

 private:
  struct PolicyActions final : v1::VNFPolicyActionRPC::Service {
    explicit PolicyActions(FailureDesk& d) : desk(d) {}
    grpc::Status ExecutePolicyAction(grpc::ServerContext*, const v1::ExecutePolicyActionRequest*,
                                     v1::ExecutePolicyActionResponse* response) override;
    FailureDesk& desk;
  };
  struct Registry final : v1::ExecutorRegistry::Service {
    grpc::Status Heartbeat(grpc::ServerContext*, const v1::HeartbeatRequest*,
                           v1::HeartbeatResponse* response) override;
  };

  const double known_after_;
  mutable std::mutex mutex_;
  std::vector<double> lateness_;
  PolicyActions policy_actions_{*this};
  Registry registry_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace gregale::bench
