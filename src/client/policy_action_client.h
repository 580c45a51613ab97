#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "client/channel.h"
#include "gregale/v1/policy_action.pb.h"

namespace gregale::client {

// What a monitor tells the conductors. protos/gregale/v1/policy_action.proto says
// what each call does and which errors it has. Copies share the connection. Thread-safe.
class PolicyActionClient {
 public:
  explicit PolicyActionClient(Channel channel);

  absl::StatusOr<v1::ExecutePolicyActionResponse> ExecutePolicyAction(
      const v1::ExecutePolicyActionRequest& request) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gregale::client
