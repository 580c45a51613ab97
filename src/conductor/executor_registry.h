#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gregale/v1/executor_registry.pb.h"
#include "store/store.h"

// The calls of ExecutorRegistry. Thread-safe.
namespace gregale::conductor {

// Registers an executor or renews its lease. kInvalidArgument names the field; see CheckRelease.
absl::StatusOr<v1::HeartbeatResponse> Heartbeat(store::Store& store, absl::Duration lease,
                                                const v1::HeartbeatRequest& request);

// Has an executor's monitors moved elsewhere, or no longer. kNotFound.
absl::StatusOr<v1::Executor> DrainExecutor(store::Store& store,
                                           const v1::DrainExecutorRequest& request);

absl::StatusOr<v1::ListExecutorsResponse> ListExecutors(store::Store& store,
                                                        const v1::ListExecutorsRequest& request);

// Whether a conductor and an executor of these releases ("1.2.0") work together: the same major
// number, and minor numbers that differ by one at most. What is no such release is believed to.
// kFailedPrecondition says what to do.
absl::Status CheckRelease(std::string_view conductor, std::string_view executor);

}  // namespace gregale::conductor
