#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"

namespace gregale::lifecycle {

// What an operation remembers from step to step (Operation::state): ids made and times seen, by
// name. A value type.
class OperationState {
 public:
  // "" is an empty state. kDataLoss where the text is no JSON object.
  static absl::StatusOr<OperationState> Parse(std::string_view text);
  std::string ToText() const;

  // "" where there is none.
  std::string Text(std::string_view name) const;
  void SetText(std::string_view name, std::string_view value);
  // 0 where there is none.
  int64_t Number(std::string_view name) const;
  void SetNumber(std::string_view name, int64_t value);
  // InfinitePast where there is none. Kept to the microsecond.
  absl::Time Time(std::string_view name) const;
  void SetTime(std::string_view name, absl::Time value);
  // false where there is none.
  bool Flag(std::string_view name) const;
  void SetFlag(std::string_view name, bool value);

 private:
  base::Json values_ = base::Json::object();
};

}  // namespace gregale::lifecycle
