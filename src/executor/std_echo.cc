#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "executor/known_result.h"
#include "executor/std_actions.h"

namespace gregale::executor {

absl::Status CheckEcho(const base::Json& input) {
  if (!input.contains("delay")) return absl::OkStatus();
  const base::Json& delay = input.at("delay");
  if (delay.is_number() && delay >= 0 && delay <= base::kSleepSecondsMax) return absl::OkStatus();
  return base::InvalidInput(
      "delay", base::Cat("must be a number of seconds from 0 to ", base::kSleepSecondsMax));
}

std::unique_ptr<Action> MakeEcho(const base::Json& input, ActionContext context) {
  return SucceedWith(input.at("output"), absl::Seconds(input.value("delay", 0.0)),
                     std::move(context));
}

}  // namespace gregale::executor
