#include "client/vnf_client.h"

#include <utility>

#include "client/call.h"
#include "client/stream_call.h"
#include "gregale/v1/vnf_service.grpc.pb.h"

namespace gregale::client {

using Stub = v1::VnfService::Stub;

struct VnfClient::Shared : Connection<v1::VnfService> {
  using Connection::Connection;
};

VnfClient::VnfClient(Channel channel) : shared_(std::make_shared<Shared>(std::move(channel))) {}

absl::StatusOr<v1::Vim> VnfClient::CreateVim(const v1::CreateVimRequest& request) const {
  return shared_->Call(&Stub::CreateVim, request);
}

absl::StatusOr<v1::Vim> VnfClient::GetVim(const v1::GetVimRequest& request) const {
  return shared_->Call(&Stub::GetVim, request);
}

absl::StatusOr<v1::ListVimsResponse> VnfClient::ListVims(const v1::ListVimsRequest& request) const {
  return shared_->Call(&Stub::ListVims, request);
}

absl::StatusOr<v1::DeleteVimResponse> VnfClient::DeleteVim(
    const v1::DeleteVimRequest& request) const {
  return shared_->Call(&Stub::DeleteVim, request);
}

absl::StatusOr<v1::Vnfd> VnfClient::CreateVnfd(const v1::CreateVnfdRequest& request) const {
  return shared_->Call(&Stub::CreateVnfd, request);
}

absl::StatusOr<v1::Vnfd> VnfClient::GetVnfd(const v1::GetVnfdRequest& request) const {
  return shared_->Call(&Stub::GetVnfd, request);
}

absl::StatusOr<v1::ListVnfdsResponse> VnfClient::ListVnfds(
    const v1::ListVnfdsRequest& request) const {
  return shared_->Call(&Stub::ListVnfds, request);
}

absl::StatusOr<v1::DeleteVnfdResponse> VnfClient::DeleteVnfd(
    const v1::DeleteVnfdRequest& request) const {
  return shared_->Call(&Stub::DeleteVnfd, request);
}

absl::StatusOr<v1::Vnf> VnfClient::CreateVnf(const v1::CreateVnfRequest& request) const {
  return shared_->Call(&Stub::CreateVnf, request);
}

absl::StatusOr<v1::Vnf> VnfClient::GetVnf(const v1::GetVnfRequest& request) const {
  return shared_->Call(&Stub::GetVnf, request);
}

absl::StatusOr<v1::ListVnfsResponse> VnfClient::ListVnfs(const v1::ListVnfsRequest& request) const {
  return shared_->Call(&Stub::ListVnfs, request);
}

absl::StatusOr<v1::Vnf> VnfClient::ScaleVnf(const v1::ScaleVnfRequest& request) const {
  return shared_->Call(&Stub::ScaleVnf, request);
}

absl::StatusOr<v1::Vnf> VnfClient::HealVnf(const v1::HealVnfRequest& request) const {
  return shared_->Call(&Stub::HealVnf, request);
}

absl::StatusOr<v1::Vnf> VnfClient::UpdateVnf(const v1::UpdateVnfRequest& request) const {
  return shared_->Call(&Stub::UpdateVnf, request);
}

absl::StatusOr<v1::Vnf> VnfClient::PauseVnf(const v1::PauseVnfRequest& request) const {
  return shared_->Call(&Stub::PauseVnf, request);
}

absl::StatusOr<v1::Vnf> VnfClient::ResumeVnf(const v1::ResumeVnfRequest& request) const {
  return shared_->Call(&Stub::ResumeVnf, request);
}

absl::StatusOr<v1::Vnf> VnfClient::RetryVnf(const v1::RetryVnfRequest& request) const {
  return shared_->Call(&Stub::RetryVnf, request);
}

absl::StatusOr<v1::DeleteVnfResponse> VnfClient::DeleteVnf(
    const v1::DeleteVnfRequest& request) const {
  return shared_->Call(&Stub::DeleteVnf, request);
}

absl::StatusOr<v1::ListEventsResponse> VnfClient::ListEvents(
    const v1::ListEventsRequest& request) const {
  return shared_->Call(&Stub::ListEvents, request);
}

Stream VnfClient::WatchEvents(const v1::ListEventsRequest& request,
                              std::function<void(const v1::Event&)> on_message) const {
  return OpenStream<v1::Event>(request, std::move(on_message),
                               [this](auto* context, auto* sent, auto* reactor) {
                                 SetToken(*context, shared_->channel);
                                 shared_->stub.async()->WatchEvents(context, sent, reactor);
                               });
}

}  // namespace gregale::client
