#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "executor/action_run.h"
#include "executor/action_runner.h"
#include "gregale/v1/monitor.pb.h"

namespace gregale::executor {

// What a caller wants to run, checked: `what`, `input` and `vnf_id` of a RunSpec; its other ids and
// the rest are left to the caller. kInvalidArgument names the field.
absl::StatusOr<RunSpec> MakeRunSpec(const v1::ActionSpec& spec, const std::string& vnf_id,
                                    ActionRunner& runner);

}  // namespace gregale::executor
