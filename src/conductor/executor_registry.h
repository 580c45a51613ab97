#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gregale/v1/executor_registry.pb.h"
#include "store/store.h"

// The calls of ExecutorRegistry. Thread-safe.
namespace gregale::conductor {

// Registers an executor or renews its lease. kInvalidArgument names the field.
absl::StatusOr<v1::HeartbeatResponse> Heartbeat(store::Store& store, absl::Duration lease,
                                                const v1::HeartbeatRequest& request);

// Has an executor's monitors moved elsewhere, or no longer. kNotFound.
absl::StatusOr<v1::Executor> DrainExecutor(store::Store& store,
                                           const v1::DrainExecutorRequest& request);

absl::StatusOr<v1::ListExecutorsResponse> ListExecutors(store::Store& store,
                                                        const v1::ListExecutorsRequest& request);

}  // namespace gregale::conductor
