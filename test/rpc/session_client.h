#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gregale/v1/monitor.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/stream.h"
#include "rpc/watched.h"

namespace gregale::rpc {

// A session with StreamService from the client's side, and what it was told.
struct SessionClient {
  struct Seen {
    std::vector<std::string> echoes;
    std::vector<absl::Status> gone;
  };

  explicit SessionClient(const std::shared_ptr<grpc::Channel>& channel, size_t queue_max = 1000,
                         std::optional<absl::Duration> timeout = std::nullopt)
      : stub(v1::VNFPolicyMonitorRPC::NewStub(channel)),
        call(OpenBidi<v1::SessionCommand, v1::SessionEvent>(
            queue_max,
            [this, timeout](grpc::ClientContext* context, auto* reactor) {
              if (timeout.has_value()) SetDeadline(*context, *timeout);
              stub->async()->Session(context, reactor);
            },
            [this](const v1::SessionEvent& event) {
              for (const auto& result : event.results()) {
                seen.Change([&](Seen& s) { s.echoes.push_back(result.action_id()); });
              }
            },
            [this](absl::Status status) {
              seen.Change([&](Seen& s) { s.gone.push_back(std::move(status)); });
            })) {}

  bool Send(const std::string& action_id) {
    v1::SessionCommand command;
    command.add_cancel()->set_action_id(action_id);
    return call->sink().Send(std::move(command));
  }
  // The status with which the call ended; an internal error where it does not.
  absl::Status WaitForEnd() {
    const bool ended = seen.WaitUntil([](const Seen& s) { return !s.gone.empty(); });
    return ended ? seen.Get().gone[0] : absl::InternalError("the call has not ended");
  }
  bool WaitForEchoes(size_t count) {
    return seen.WaitUntil([count](const Seen& s) { return s.echoes.size() >= count; });
  }

  Watched<Seen> seen;
  std::unique_ptr<v1::VNFPolicyMonitorRPC::Stub> stub;
  std::unique_ptr<ClientBidi<v1::SessionCommand, v1::SessionEvent>> call;
};

}  // namespace gregale::rpc
