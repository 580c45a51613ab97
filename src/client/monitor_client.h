#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "client/channel.h"
#include "client/stream.h"
#include "gregale/v1/monitor.pb.h"

namespace gregale::client {

// Monitor actions on one executor: run, look at, change, stop. protos/gregale/v1/monitor.proto says
// what each call does and which errors it has. Copies share the connection. Thread-safe.
class MonitorClient {
 public:
  explicit MonitorClient(Channel channel);

  absl::StatusOr<v1::KillResponse> Kill(const v1::KillRequest& request) const;
  absl::StatusOr<v1::UpdateResponse> Update(const v1::UpdateRequest& request) const;
  absl::StatusOr<v1::ListResponse> List(const v1::ListRequest& request) const;

  // Runs one action, which lives as long as the stream: cancelling stops it within 100 ms.
  Stream Run(const v1::RunRequest& request,
             std::function<void(const v1::MonitorEvent&)> on_message) const;

  // Looks at running actions; cancelling stops the looking only.
  Stream Watch(const v1::WatchRequest& request,
               std::function<void(const v1::MonitorEvent&)> on_message) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gregale::client
