#include "executor/registry_client.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "executor/loop_calls.h"
#include "executor/proto_time.h"
#include "gregale/v1/executor_registry.grpc.pb.h"

namespace gregale::executor {
namespace {

// Before the conductors have said how long the lease is, and the least that is believed of them.
constexpr absl::Duration kLeaseDefault = absl::Seconds(5);
constexpr absl::Duration kLeaseMin = absl::Milliseconds(300);
constexpr absl::Duration kRetryFirst = absl::Milliseconds(100);
constexpr absl::Duration kRetryLongest = absl::Seconds(1);
constexpr absl::Duration kDrainBeat = absl::Milliseconds(200);
constexpr int kUnheardMax = 3;

}  // namespace

struct RegistryClient::Calls {
  using Request = v1::HeartbeatRequest;
  using Response = v1::HeartbeatResponse;

  Calls(base::Scheduler& scheduler, const std::shared_ptr<grpc::Channel>& channel)
      : stub(v1::ExecutorRegistry::NewStub(channel)),
        calls(scheduler, [this](grpc::ClientContext* context, const Request* request,
                                Response* response, std::function<void(grpc::Status)> done) {
          stub->async()->Heartbeat(context, request, response, std::move(done));
        }) {}

  std::unique_ptr<v1::ExecutorRegistry::Stub> stub;
  LoopCalls<Request, Response> calls;
};

namespace {

v1::HeartbeatRequest MakeHeartbeat(const RegistryClient::Identity& identity,
                                   const RegistryClient::Load& load) {
  v1::HeartbeatRequest request;
  request.set_executor_id(identity.executor_id);
  request.set_incarnation(identity.incarnation);
  request.set_address(identity.address);
  request.set_capacity(identity.capacity);
  request.set_load(static_cast<uint32_t>(load.actions));
  request.set_busy_permille(load.busy_permille);
  request.mutable_labels()->insert(identity.labels.begin(), identity.labels.end());
  request.set_version(identity.version);
  return request;
}

}  // namespace

RegistryClient::RegistryClient(base::Scheduler& scheduler, base::Random& random,
                               const std::shared_ptr<grpc::Channel>& channel, Identity identity,
                               std::function<Load()> load)
    : identity_(std::move(identity)),
      load_(std::move(load)),
      random_(random),
      lease_(kLeaseDefault),
      backoff_(random, kRetryFirst, kRetryLongest),
      beat_(scheduler, [this] { Beat(); }),
      give_up_(scheduler, [this] { Leave(); }),
      calls_(std::make_unique<Calls>(scheduler, channel)) {
  beat_.SetAfter(absl::ZeroDuration());
}

RegistryClient::~RegistryClient() = default;

void RegistryClient::Beat() {
  v1::HeartbeatRequest request = MakeHeartbeat(identity_, load_());
  request.set_draining(may_leave_ != nullptr);
  calls_->calls.Call(std::move(request), lease_ / 3,
                     [this](const absl::Status& status, const v1::HeartbeatResponse& response) {
                       if (may_leave_ != nullptr) {
                         OnDrainAnswer(status, response.may_leave());
                       } else {
                         OnAnswer(status, FromProto(response.lease()));
                       }
                     });
}

void RegistryClient::OnAnswer(const absl::Status& status, absl::Duration lease) {
  if (!status.ok()) {
    if (known_ || !complained_) {
      base::LogWarning("the conductors do not answer; probing goes on",
                       {{"error", std::string(status.message())}});
    }
    known_ = false;
    complained_ = true;
    beat_.SetAfter(std::min(backoff_.Next(), lease_ / 3));
    return;
  }
  if (!known_) base::LogInfo("known to the conductors", {{"lease", absl::FormatDuration(lease)}});
  known_ = true;
  backoff_.Reset();
  lease_ = std::max(lease, kLeaseMin);
  // A little early, so that many executors do not beat together.
  beat_.SetAfter(lease_ / 3 * (1 - static_cast<double>(random_.Below(200)) / 1000));
}

void RegistryClient::Drain(absl::Duration patience, std::function<void()> may_leave) {
  may_leave_ = std::move(may_leave);
  give_up_.SetAfter(patience);
  beat_.SetAfter(absl::ZeroDuration());
}

void RegistryClient::OnDrainAnswer(const absl::Status& status, bool may_leave) {
  if (left_) return;
  unheard_ = status.ok() ? 0 : unheard_ + 1;
  if (may_leave || unheard_ == kUnheardMax) return Leave();
  beat_.SetAfter(kDrainBeat);
}

void RegistryClient::Leave() {
  left_ = true;
  beat_.Cancel();
  give_up_.Cancel();
  may_leave_();
}

}  // namespace gregale::executor
