#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "client/channel.h"
#include "client/stream.h"
#include "gregale/v1/vnf_service.pb.h"

namespace gregale::client {

// What Tacker's REST API does: VIMs, VNF descriptors, VNFs, events. Talks to servers.
// protos/gregale/v1/vnf_service.proto says what each call does and which errors it has. Copies
// share the connection. Thread-safe.
class VnfClient {
 public:
  explicit VnfClient(Channel channel);

  absl::StatusOr<v1::Vim> CreateVim(const v1::CreateVimRequest& request) const;
  absl::StatusOr<v1::Vim> GetVim(const v1::GetVimRequest& request) const;
  absl::StatusOr<v1::ListVimsResponse> ListVims(const v1::ListVimsRequest& request) const;
  absl::StatusOr<v1::DeleteVimResponse> DeleteVim(const v1::DeleteVimRequest& request) const;
  absl::StatusOr<v1::Vnfd> CreateVnfd(const v1::CreateVnfdRequest& request) const;
  absl::StatusOr<v1::Vnfd> GetVnfd(const v1::GetVnfdRequest& request) const;
  absl::StatusOr<v1::ListVnfdsResponse> ListVnfds(const v1::ListVnfdsRequest& request) const;
  absl::StatusOr<v1::DeleteVnfdResponse> DeleteVnfd(const v1::DeleteVnfdRequest& request) const;
  absl::StatusOr<v1::Vnf> CreateVnf(const v1::CreateVnfRequest& request) const;
  absl::StatusOr<v1::Vnf> GetVnf(const v1::GetVnfRequest& request) const;
  absl::StatusOr<v1::ListVnfsResponse> ListVnfs(const v1::ListVnfsRequest& request) const;
  absl::StatusOr<v1::Vnf> ScaleVnf(const v1::ScaleVnfRequest& request) const;
  absl::StatusOr<v1::Vnf> HealVnf(const v1::HealVnfRequest& request) const;
  absl::StatusOr<v1::Vnf> UpdateVnf(const v1::UpdateVnfRequest& request) const;
  absl::StatusOr<v1::Vnf> PauseVnf(const v1::PauseVnfRequest& request) const;
  absl::StatusOr<v1::Vnf> ResumeVnf(const v1::ResumeVnfRequest& request) const;
  absl::StatusOr<v1::Vnf> RetryVnf(const v1::RetryVnfRequest& request) const;
  absl::StatusOr<v1::DeleteVnfResponse> DeleteVnf(const v1::DeleteVnfRequest& request) const;
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const v1::ListEventsRequest& request) const;

  // The events from now on (or from after_id), until the stream is cancelled.
  Stream WatchEvents(const v1::ListEventsRequest& request,
                     std::function<void(const v1::Event&)> on_message) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gregale::client
