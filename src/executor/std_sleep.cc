#include <cmath>
#include <string>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "executor/known_result.h"
#include "executor/std_actions.h"

namespace gregale::executor {
namespace {

// As Python's int(): of a number its whole part, of a text the number that it is.
std::optional<int64_t> WholeSeconds(const base::Json& input) {
  const base::Json seconds = input.value("seconds", base::Json(1));
  int64_t whole = 0;
  if (seconds.is_number_integer()) return seconds.get<int64_t>();
  if (seconds.is_number_float() && std::abs(seconds.get<double>()) < 1e15) {
    return static_cast<int64_t>(seconds.get<double>());
  }
  if (seconds.is_string() && absl::SimpleAtoi(seconds.get<std::string>(), &whole)) return whole;
  return std::nullopt;
}

}  // namespace

absl::Status CheckSleep(const base::Json& input) {
  const std::optional<int64_t> seconds = WholeSeconds(input);
  if (seconds && *seconds >= 0 && *seconds <= base::kSleepSecondsMax) return absl::OkStatus();
  return base::InvalidInput("seconds",
                            base::Cat("must be a whole number from 0 to ", base::kSleepSecondsMax));
}

std::unique_ptr<Action> MakeSleep(const base::Json& input, ActionContext context) {
  return SucceedWith(nullptr, absl::Seconds(*WholeSeconds(input)), std::move(context));
}

}  // namespace gregale::executor
