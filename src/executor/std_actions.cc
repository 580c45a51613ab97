#include "executor/std_actions.h"

#include <utility>

#include "base/error.h"

namespace gregale::executor {
namespace {

// The most that std.echo waits, in seconds.
constexpr double kEchoDelayMax = 86'400;

// An action whose result is known from the start.
class KnownResult final : public Action {
 public:
  KnownResult(base::Json result, absl::Duration delay, ActionContext context)
      : result_(std::move(result)),
        done_(std::move(context.done)),
        alarm_(context.environment.scheduler, [this] { Finish(); }) {
    alarm_.SetAfter(delay);
  }
  absl::Status Check(const base::Json&) const override { return absl::OkStatus(); }
  void Update(const base::Json&) override {}  // too late: it has its result

 private:
  void Finish() {
    const auto done = std::move(done_);
    done({.kind = ActionOutcome::Kind::kSucceeded, .value = std::move(result_), .reason = {}});
  }

  base::Json result_;
  std::function<void(ActionOutcome)> done_;
  base::Alarm alarm_;
};

}  // namespace

absl::Status CheckNoop(const base::Json&) { return absl::OkStatus(); }

std::unique_ptr<Action> MakeNoop(const base::Json&, ActionContext context) {
  return std::make_unique<KnownResult>(nullptr, absl::ZeroDuration(), std::move(context));
}

absl::Status CheckEcho(const base::Json& input) {
  if (!input.is_object() || !input.contains("output")) {
    return base::InvalidInput("output", "is missing");
  }
  for (const auto& [key, value] : input.items()) {
    if (key != "output" && key != "delay")
      return base::InvalidInput(key, "is no input of std.echo");
  }
  if (!input.contains("delay")) return absl::OkStatus();
  const base::Json& delay = input.at("delay");
  if (!delay.is_number() || !(delay >= 0) || !(delay <= kEchoDelayMax)) {
    return base::InvalidInput("delay", "must be a number of seconds from 0 to 86400");
  }
  return absl::OkStatus();
}

std::unique_ptr<Action> MakeEcho(const base::Json& input, ActionContext context) {
  const absl::Duration delay = absl::Seconds(input.value("delay", 0.0));
  return std::make_unique<KnownResult>(input.at("output"), delay, std::move(context));
}

}  // namespace gregale::executor
