#pragma once

#include "conductor/session_dialer.h"

namespace gregale::conductor {

// Sessions over gRPC: VNFPolicyMonitorRPC.Session.
class GrpcDialer : public SessionDialer {
 public:
  std::unique_ptr<Session> Open(const std::string& address,
                                std::function<void(v1::SessionEvent)> on_event,
                                std::function<void(absl::Status)> on_gone) override;
};

}  // namespace gregale::conductor
