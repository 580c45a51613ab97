#include "client/monitor_client.h"

#include <utility>

#include "client/call.h"
#include "client/stream_call.h"
#include "gregale/v1/monitor.grpc.pb.h"

namespace gregale::client {

using Stub = v1::VNFPolicyMonitorRPC::Stub;

struct MonitorClient::Shared : Connection<v1::VNFPolicyMonitorRPC> {
  using Connection::Connection;
};

MonitorClient::MonitorClient(Channel channel)
    : shared_(std::make_shared<Shared>(std::move(channel))) {}

absl::StatusOr<v1::KillResponse> MonitorClient::Kill(const v1::KillRequest& request) const {
  return shared_->Call(&Stub::Kill, request);
}

absl::StatusOr<v1::UpdateResponse> MonitorClient::Update(const v1::UpdateRequest& request) const {
  return shared_->Call(&Stub::Update, request);
}

absl::StatusOr<v1::ListResponse> MonitorClient::List(const v1::ListRequest& request) const {
  return shared_->Call(&Stub::List, request);
}

Stream MonitorClient::Run(const v1::RunRequest& request,
                          std::function<void(const v1::MonitorEvent&)> on_message) const {
  return OpenStream<v1::MonitorEvent>(request, std::move(on_message),
                                      [this](auto* context, auto* sent, auto* reactor) {
                                        shared_->stub.async()->Run(context, sent, reactor);
                                      });
}

Stream MonitorClient::Watch(const v1::WatchRequest& request,
                            std::function<void(const v1::MonitorEvent&)> on_message) const {
  return OpenStream<v1::MonitorEvent>(request, std::move(on_message),
                                      [this](auto* context, auto* sent, auto* reactor) {
                                        shared_->stub.async()->Watch(context, sent, reactor);
                                      });
}

}  // namespace gregale::client
