#pragma once

#include "absl/time/time.h"
#include "grpc/support/time.h"

namespace gregale::rpc {

// `timeout` from now, by gRPC's own monotonic clock: the only clock that its deadlines are held
// against.
inline gpr_timespec DeadlineAfter(absl::Duration timeout) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(absl::ToInt64Nanoseconds(timeout), GPR_TIMESPAN));
}

}  // namespace gregale::rpc
