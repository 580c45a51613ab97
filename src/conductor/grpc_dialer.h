#pragma once

#include "conductor/session_dialer.h"
#include "rpc/transport.h"

namespace gregale::conductor {

// Sessions over gRPC: VNFPolicyMonitorRPC.Session.
class GrpcDialer : public SessionDialer {
 public:
  explicit GrpcDialer(const rpc::Transport& transport) : transport_(transport) {}

  std::unique_ptr<Session> Open(const std::string& address,
                                std::function<void(v1::SessionEvent)> on_event,
                                std::function<void(absl::Status)> on_gone) override;

 private:
  const rpc::Transport transport_;
};

}  // namespace gregale::conductor
