#include "executor/policy_action_client.h"

#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "executor/backoff.h"
#include "executor/loop_calls.h"
#include "gregale/v1/policy_action.grpc.pb.h"

namespace gregale::executor {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(5);
constexpr absl::Duration kRetryFirst = absl::Milliseconds(100);
constexpr absl::Duration kRetryLongest = absl::Seconds(2);

}  // namespace

struct PolicyActionClient::Calls {
  using Request = v1::ExecutePolicyActionRequest;
  using Response = v1::ExecutePolicyActionResponse;

  Calls(base::Scheduler& scheduler, const std::shared_ptr<grpc::Channel>& channel)
      : stub(v1::VNFPolicyActionRPC::NewStub(channel)),
        calls(scheduler, [this](grpc::ClientContext* context, const Request* request,
                                Response* response, std::function<void(grpc::Status)> done) {
          stub->async()->ExecutePolicyAction(context, request, response, std::move(done));
        }) {}

  std::unique_ptr<v1::VNFPolicyActionRPC::Stub> stub;
  LoopCalls<Request, Response> calls;
};

class PolicyActionClient::OpenReport final : public PolicyReport {
 public:
  OpenReport(PolicyActionClient& client, v1::ExecutePolicyActionRequest what, Answer on_answer)
      : request(std::move(what)),
        answer(std::move(on_answer)),
        backoff(client.random_, kRetryFirst, kRetryLongest),
        retry(client.scheduler_, [this, &client] { client.CallOrWait(*this); }),
        client_(client) {}

  ~OpenReport() override {
    if (place) client_.waiting_.erase(*place);
    if (!call) return;
    client_.calls_->calls.Cancel(*call);
    --client_.in_flight_;
    client_.StartWaiting();
  }

  const v1::ExecutePolicyActionRequest request;
  Answer answer;
  Backoff backoff;
  base::Alarm retry;
  bool complained = false;                                // in the log
  std::optional<uint64_t> call;                           // in flight
  std::optional<std::list<OpenReport*>::iterator> place;  // among those that wait

 private:
  PolicyActionClient& client_;
};

PolicyActionClient::PolicyActionClient(base::Scheduler& scheduler, base::Random& random,
                                       const std::shared_ptr<grpc::Channel>& channel,
                                       std::string executor_id)
    : scheduler_(scheduler),
      random_(random),
      executor_id_(std::move(executor_id)),
      calls_(std::make_unique<Calls>(scheduler, channel)) {}

PolicyActionClient::~PolicyActionClient() = default;

std::unique_ptr<PolicyReport> PolicyActionClient::Report(v1::ExecutePolicyActionRequest request,
                                                         Answer answer) {
  (*request.mutable_context())["executor"] = executor_id_;
  auto report = std::make_unique<OpenReport>(*this, std::move(request), std::move(answer));
  CallOrWait(*report);
  return report;
}

void PolicyActionClient::CallOrWait(OpenReport& report) {
  if (in_flight_ < base::kReportsInFlightMax) {
    Call(report);
  } else {
    report.place = waiting_.insert(waiting_.end(), &report);
  }
}

void PolicyActionClient::StartWaiting() {
  if (waiting_.empty() || in_flight_ >= base::kReportsInFlightMax) return;
  OpenReport& next = *waiting_.front();
  waiting_.pop_front();
  next.place.reset();
  Call(next);
}

void PolicyActionClient::Call(OpenReport& report) {
  ++in_flight_;
  report.call = calls_->calls.Call(
      report.request, kCallTimeout,
      [this, &report](const absl::Status& status, const v1::ExecutePolicyActionResponse& response) {
        report.call.reset();
        --in_flight_;
        StartWaiting();
        if (status.ok()) {
          const Answer answer = std::move(report.answer);
          answer(response);  // may destroy the report
          return;
        }
        if (!report.complained) {
          report.complained = true;
          base::LogWarning("the conductors do not take a report; repeating it",
                           {{"action_id", report.request.action_id()},
                            {"vdu", report.request.vdu()},
                            {"incident", std::to_string(report.request.incident())},
                            {"error", std::string(status.message())}});
        }
        report.retry.SetAfter(report.backoff.Next());
      });
}

}  // namespace gregale::executor
