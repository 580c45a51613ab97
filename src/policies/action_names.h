#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace gregale::policies {

// What the actions of a policy can refer to in its descriptor.
struct ActionContext {
  std::vector<std::string> scaling_policies;
  std::string scaling_policy;  // the one that has the policy's VDU among its targets; "": none
  bool has_receivers = false;  // for notify
};

// The events a monitor reports: "failure", "recovery".
std::span<const std::string_view> MonitorEvents();

// The actions that answer an event of a policy: the name of one, or a list. A scaling policy's name
// alone stands for scaling out by it. Returns names for ReadActionCall that leave nothing open:
// "SP1-out" for "scale-out". The error's field is `field`: no such action or scaling policy, or one
// that cannot answer the event.
absl::StatusOr<std::vector<std::string>> ReadActionNames(const base::Json& value,
                                                         std::string_view event,
                                                         const ActionContext& context,
                                                         std::string_view field);

}  // namespace gregale::policies
