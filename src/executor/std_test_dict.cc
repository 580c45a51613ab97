#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "executor/known_result.h"
#include "executor/std_actions.h"

namespace gregale::executor {

absl::Status CheckTestDict(const base::Json& input) {
  const base::Json size = input.value("size", base::Json(0));
  if (!size.is_number_integer() || size < 0 || size > base::kTestDictKeysMax) {
    return base::InvalidInput(
        "size", base::Cat("must be a whole number from 0 to ", base::kTestDictKeysMax));
  }
  const base::Json prefix = input.value("key_prefix", base::Json(""));
  return prefix.is_string() ? absl::OkStatus() : base::InvalidInput("key_prefix", "must be a text");
}

std::unique_ptr<Action> MakeTestDict(const base::Json& input, ActionContext context) {
  const std::string prefix = input.value("key_prefix", "");
  const base::Json value = input.value("val", base::Json(""));
  base::Json dict = base::Json::object();
  for (int i = 0; i < input.value("size", 0); ++i) dict[base::Cat(prefix, i)] = value;
  return SucceedWith(std::move(dict), absl::ZeroDuration(), std::move(context));
}

}  // namespace gregale::executor
