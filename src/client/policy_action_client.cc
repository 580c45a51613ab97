#include "client/policy_action_client.h"

#include <utility>

#include "client/call.h"
#include "gregale/v1/policy_action.grpc.pb.h"

namespace gregale::client {

using Stub = v1::VNFPolicyActionRPC::Stub;

struct PolicyActionClient::Shared : Connection<v1::VNFPolicyActionRPC> {
  using Connection::Connection;
};

PolicyActionClient::PolicyActionClient(Channel channel)
    : shared_(std::make_shared<Shared>(std::move(channel))) {}

absl::StatusOr<v1::ExecutePolicyActionResponse> PolicyActionClient::ExecutePolicyAction(
    const v1::ExecutePolicyActionRequest& request) const {
  return shared_->Call(&Stub::ExecutePolicyAction, request);
}

}  // namespace gregale::client
