#include <utility>

#include "base/text.h"
#include "executor/action_services.h"
#include "executor/http_input.h"
#include "executor/known_result.h"
#include "executor/std_actions.h"

namespace gregale::executor {
namespace {

using base::Json;

// What a good answer means.
enum class OnGood {
  kSucceed,
  kHandOver,  // the server was told where to say how the action ends
};

class HttpAction final : public Action {
 public:
  HttpAction(HttpInput input, OnGood on_good, ActionContext context)
      : on_good_(on_good),
        call_(std::move(context.call)),
        done_(std::move(context.done)),
        transfer_(context.environment.services->transfers.Start(
            std::move(input.request), input.timeout,
            [this](absl::StatusOr<Reply> reply) { OnReply(std::move(reply)); })) {}

  absl::Status Check(const Json&) const override { return absl::OkStatus(); }
  void Update(const Json&) override {}  // too late: it was sent

 private:
  void OnReply(absl::StatusOr<Reply> reply) {
    const auto done = std::move(done_);
    done(OutcomeOf(reply));
  }

  ActionOutcome OutcomeOf(const absl::StatusOr<Reply>& reply) const {
    using Kind = ActionOutcome::Kind;
    if (!reply.ok()) {
      const std::string why = base::Cat("Failed to send HTTP request: ", reply.status().message());
      return {.kind = Kind::kFailed, .value = RaisedText("std.http", call_, why)};
    }
    if (!IsGood(*reply)) return {.kind = Kind::kFailed, .value = ShowReply(*reply)};
    if (on_good_ == OnGood::kHandOver) return {.kind = Kind::kHandedOver};
    return {.kind = Kind::kSucceeded, .value = ShowReply(*reply)};
  }

  const OnGood on_good_;
  const ActionCall call_;
  std::function<void(ActionOutcome)> done_;
  const std::unique_ptr<Transfers::Handle> transfer_;
};

// Tells the server whose action it is.
void AddCallHeaders(const ActionCall& call, HttpRequest& request) {
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) request.headers.push_back(base::Cat("Mistral-", name, ": ", value));
  };
  add("Workflow-Name", call.workflow);
  add("Workflow-Execution-Id", call.execution_id);
  add("Task-Id", call.task_id);
  add("Action-Execution-Id", call.action_execution_id);
  add("Callback-URL", base::Cat("/v2/action_executions/", call.action_execution_id));
}

}  // namespace

absl::Status CheckHttp(const Json& input) { return ParseHttpInput(input).status(); }

std::unique_ptr<Action> MakeHttp(const Json& input, ActionContext context) {
  if (context.environment.services == nullptr) return CannotRun(std::move(context));
  return std::make_unique<HttpAction>(*ParseHttpInput(input), OnGood::kSucceed, std::move(context));
}

std::unique_ptr<Action> MakeMistralHttp(const Json& input, ActionContext context) {
  if (context.environment.services == nullptr) return CannotRun(std::move(context));
  HttpInput parsed = *ParseHttpInput(input);
  AddCallHeaders(context.call, parsed.request);
  return std::make_unique<HttpAction>(std::move(parsed), OnGood::kHandOver, std::move(context));
}

}  // namespace gregale::executor
