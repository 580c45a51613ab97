#pragma once

#include <map>
#include <memory>
#include <vector>

#include "executor/policy_action_reporter.h"

namespace gregale::executor {

// The conductors as the monitors see them: keeps reports until the test answers them.
class FakeReporter final : public PolicyActionReporter {
 public:
  using Response = v1::ExecutePolicyActionResponse;

  std::unique_ptr<PolicyReport> Report(v1::ExecutePolicyActionRequest request,
                                       Answer answer) override {
    reports.push_back(request);
    const size_t number = reports.size() - 1;
    open_[number] = std::move(answer);
    return std::make_unique<Handle>(*this, number);
  }

  // Answers the open report of this number in `reports`. It must be open.
  void AnswerReport(size_t number, Response::Disposition disposition,
                    absl::Duration retry_after = absl::ZeroDuration()) {
    Response response;
    response.set_disposition(disposition);
    response.set_status(disposition == Response::DISPOSITION_BAD_ACTION
                            ? "BAD_ACTION"
                            : reports.at(number).monitor_return_value());
    if (retry_after > absl::ZeroDuration()) {
      response.mutable_retry_after()->set_seconds(absl::ToInt64Seconds(retry_after));
    }
    const Answer answer = std::move(open_.at(number));
    open_.erase(number);
    answer(response);
  }
  bool IsOpen(size_t number) const { return open_.contains(number); }

  std::vector<v1::ExecutePolicyActionRequest> reports;  // in the order in which they were made

 private:
  struct Handle final : PolicyReport {
    Handle(FakeReporter& owner, size_t which) : reporter(owner), number(which) {}
    ~Handle() override { reporter.open_.erase(number); }
    FakeReporter& reporter;
    size_t number;
  };

  std::map<size_t, Answer> open_;
};

}  // namespace gregale::executor
