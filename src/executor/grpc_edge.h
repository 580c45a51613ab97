#pragma once

#include <memory>
#include <string>

#include "executor/action.h"
#include "executor/action_runner.h"
#include "executor/sessions.h"

namespace grpc {
class Service;
}

namespace gregale::executor {

// VNFPolicyMonitorRPC over the runner: gRPC's threads only post to the loop, which does the work.
// The loop must run until the server has shut down, since every call is answered there.
class GrpcEdge {
 public:
  // All references outlive the edge.
  GrpcEdge(const ActionEnvironment& environment, ActionRunner& runner,
           const Sessions::Identity& identity);
  // After the server has shut down.
  ~GrpcEdge();

  grpc::Service* service();

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace gregale::executor
