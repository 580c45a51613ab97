#pragma once

#include <list>
#include <memory>
#include <string>

#include "base/event_loop.h"
#include "base/random.h"
#include "executor/policy_action_reporter.h"

namespace grpc {
class Channel;
}

namespace gregale::executor {

// Reports to a pool of conductors: any of them may answer. A call that fails, for whatever reason,
// is repeated, 0.1 to 2 s later, as long as the report lives; at most kReportsInFlightMax calls are
// made at a time, the others wait in order. On the loop's thread; reports die before the client.
class PolicyActionClient final : public PolicyActionReporter {
 public:
  // `channel`: see rpc::DialPool. `executor_id` goes along for the conductors' logs.
  PolicyActionClient(base::Scheduler& scheduler, base::Random& random,
                     const std::shared_ptr<grpc::Channel>& channel, std::string executor_id);
  ~PolicyActionClient() override;

  std::unique_ptr<PolicyReport> Report(v1::ExecutePolicyActionRequest request,
                                       Answer answer) override;

 private:
  class OpenReport;
  struct Calls;

  void CallOrWait(OpenReport& report);
  void Call(OpenReport& report);
  void StartWaiting();

  base::Scheduler& scheduler_;
  base::Random& random_;
  const std::string executor_id_;
  size_t in_flight_ = 0;
  std::list<OpenReport*> waiting_;
  std::unique_ptr<Calls> calls_;
};

// Where there are no conductors: takes reports and never answers them.
class NoConductors final : public PolicyActionReporter {
 public:
  std::unique_ptr<PolicyReport> Report(v1::ExecutePolicyActionRequest, Answer) override {
    return std::make_unique<PolicyReport>();
  }
};

}  // namespace gregale::executor
