#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "client/channel.h"
#include "gregale/v1/executor_registry.pb.h"

namespace gregale::client {

// The executors, as the conductors know them. protos/gregale/v1/executor_registry.proto says
// what each call does and which errors it has. Copies share the connection. Thread-safe.
class RegistryClient {
 public:
  explicit RegistryClient(Channel channel);

  absl::StatusOr<v1::HeartbeatResponse> Heartbeat(const v1::HeartbeatRequest& request) const;
  absl::StatusOr<v1::ListExecutorsResponse> ListExecutors(
      const v1::ListExecutorsRequest& request) const;
  absl::StatusOr<v1::Executor> DrainExecutor(const v1::DrainExecutorRequest& request) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gregale::client
