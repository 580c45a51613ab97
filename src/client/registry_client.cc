#include "client/registry_client.h"

#include <utility>

#include "client/call.h"
#include "gregale/v1/executor_registry.grpc.pb.h"

namespace gregale::client {

using Stub = v1::ExecutorRegistry::Stub;

struct RegistryClient::Shared : Connection<v1::ExecutorRegistry> {
  using Connection::Connection;
};

RegistryClient::RegistryClient(Channel channel)
    : shared_(std::make_shared<Shared>(std::move(channel))) {}

absl::StatusOr<v1::HeartbeatResponse> RegistryClient::Heartbeat(
    const v1::HeartbeatRequest& request) const {
  return shared_->Call(&Stub::Heartbeat, request);
}

absl::StatusOr<v1::ListExecutorsResponse> RegistryClient::ListExecutors(
    const v1::ListExecutorsRequest& request) const {
  return shared_->Call(&Stub::ListExecutors, request);
}

absl::StatusOr<v1::Executor> RegistryClient::DrainExecutor(
    const v1::DrainExecutorRequest& request) const {
  return shared_->Call(&Stub::DrainExecutor, request);
}

}  // namespace gregale::client
