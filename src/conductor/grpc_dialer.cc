#include "conductor/grpc_dialer.h"

#include <utility>

#include "base/limits.h"
#include "gregale/v1/monitor.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/stream.h"

namespace gregale::conductor {
namespace {

using Call = rpc::ClientBidi<v1::SessionCommand, v1::SessionEvent>;

class GrpcSession : public Session {
 public:
  GrpcSession(const std::string& address, const rpc::Transport& transport,
              std::function<void(v1::SessionEvent)> on_event,
              std::function<void(absl::Status)> on_gone)
      : stub_(v1::VNFPolicyMonitorRPC::NewStub(rpc::Dial(address, transport))),
        call_(rpc::OpenBidi<v1::SessionCommand, v1::SessionEvent>(
            base::kSessionFramesQueuedMax,
            [this](grpc::ClientContext* context, auto* reactor) {
              stub_->async()->Session(context, reactor);
            },
            std::move(on_event), std::move(on_gone))) {}

  bool Send(v1::SessionCommand command) override { return call_->sink().Send(std::move(command)); }

 private:
  const std::unique_ptr<v1::VNFPolicyMonitorRPC::Stub> stub_;
  const std::unique_ptr<Call> call_;
};

}  // namespace

std::unique_ptr<Session> GrpcDialer::Open(const std::string& address,
                                          std::function<void(v1::SessionEvent)> on_event,
                                          std::function<void(absl::Status)> on_gone) {
  return std::make_unique<GrpcSession>(address, transport_, std::move(on_event),
                                       std::move(on_gone));
}

}  // namespace gregale::conductor
