#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conductor/policy_action_handler.h"
#include "conductor/vim_access.h"
#include "rpc/transport.h"
#include "store/store.h"

namespace gregale::conductor {

// The conductor's gRPC server: VNFPolicyActionRPC, ExecutorRegistry, LocalVimRPC, health and
// reflection. It dispatches to the handlers and converts; nothing else. Runs on gRPC's threads
// while it lives.
class GrpcEdge {
 public:
  struct Options {
    PolicyActionEnvironment reports;
    store::Store& store;
    const VimAccessor& vims;
    absl::Duration executor_lease;
    std::string address;  // host:port; port 0: any
    rpc::Transport transport = {};
  };
  // kUnavailable: the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<GrpcEdge>> Start(const Options& options);
  virtual ~GrpcEdge() = default;
  virtual int port() const = 0;
};

}  // namespace gregale::conductor
