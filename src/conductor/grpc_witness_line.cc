#include "conductor/grpc_witness_line.h"

#include <list>
#include <utility>

#include "base/mutex.h"
#include "gregale/v1/monitor.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/status.h"

namespace gregale::conductor {
namespace {

struct Call {
  std::unique_ptr<v1::VNFPolicyMonitorRPC::Stub> stub;
  grpc::ClientContext context;
  v1::ProbeRequest request;
  v1::ProbeResponse response;
  WitnessLine::Done done;
};

}  // namespace

class GrpcWitnessLine::Calls {
 public:
  explicit Calls(const rpc::Transport& transport) : transport_(transport) {}
  ~Calls() {
    base::MutexLock lock(mutex_);
    closing_ = true;
    for (Call& call : open_) call.context.TryCancel();
    while (!open_.empty()) ended_.Wait(mutex_);
  }

  void Begin(const std::string& address, const v1::ProbeRequest& request, absl::Duration timeout,
             Done done) {
    std::list<Call>::iterator call;
    {
      base::MutexLock lock(mutex_);
      call = open_.emplace(open_.end());
    }
    call->stub = v1::VNFPolicyMonitorRPC::NewStub(rpc::Dial(address, transport_));
    call->request = request;
    call->done = std::move(done);
    rpc::SetDeadline(call->context, timeout);
    call->stub->async()->Probe(&call->context, &call->request, &call->response,
                               [this, call](const grpc::Status& status) { End(call, status); });
  }

 private:
  void End(std::list<Call>::iterator call, const grpc::Status& status) {
    bool closing;
    {
      base::MutexLock lock(mutex_);
      closing = closing_;
    }
    if (!closing && status.ok()) call->done(std::move(call->response));
    if (!closing && !status.ok()) call->done(rpc::FromGrpc(status));
    base::MutexLock lock(mutex_);
    open_.erase(call);
    ended_.NotifyAll();
  }

  const rpc::Transport transport_;
  base::Mutex mutex_;
  base::CondVar ended_;
  std::list<Call> open_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
};

GrpcWitnessLine::GrpcWitnessLine(const rpc::Transport& transport)
    : calls_(std::make_unique<Calls>(transport)) {}

GrpcWitnessLine::~GrpcWitnessLine() = default;

void GrpcWitnessLine::Probe(const std::string& address, const v1::ProbeRequest& request,
                            absl::Duration timeout, Done done) {
  calls_->Begin(address, request, timeout, std::move(done));
}

}  // namespace gregale::conductor
