#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::store {

// Adds an open operation (sequence is given by the store). kAlreadyExists where the key is known,
// open or not.
absl::Status InsertOperation(Txn& txn, const Operation& operation);
// kNotFound.
absl::StatusOr<Operation> GetOperation(Txn& txn, std::string_view id);
// The open operation of a VNF that runs first, if any.
absl::StatusOr<std::optional<Operation>> FirstOpenOperation(Txn& txn, std::string_view vnf_id);

// Takes the next operation that may run now for `owner`: open, run_at passed, not leased by anybody
// whose lease is running, and no other operation of the same VNF that is open and older, or still
// leased. Raises its epoch and leases it until now + lease. nullopt: nothing to do.
absl::StatusOr<std::optional<Operation>> ClaimOperation(Txn& txn, std::string_view owner,
                                                        absl::Duration lease);
// When the next open operation may run (its run_at, or the end of the lease that stands in its
// way); InfiniteFuture where there is none.
absl::StatusOr<absl::Time> NextOperationTime(Txn& txn);

// The four ways to go on. Each is fenced: kAborted where `operation.epoch` is not the row's newest
// or the operation is no longer open: then the caller must stop and write nothing (roll back).
// Renews the lease.
absl::Status ExtendOperationLease(Txn& txn, const Operation& operation, absl::Duration lease);
// Keeps step, state, attempt and error; releases the lease; to be claimed again at
// operation.run_at.
absl::Status RequeueOperation(Txn& txn, const Operation& operation);
// Keeps step and state without releasing the lease.
absl::Status SaveOperation(Txn& txn, const Operation& operation);
// Ends it: status "done" or "failed" (with error).
absl::Status FinishOperation(Txn& txn, const Operation& operation);

// Ends every open operation of the VNF as "superseded": a worker that still has one loses its next
// write. Its lease stands, so that no other operation of the VNF starts before it has surely
// stopped.
absl::Status SupersedeOperations(Txn& txn, std::string_view vnf_id);

// The worker of this claim has stopped: its lease is given back, also where the operation was
// superseded, so that the VNF's next one need not wait. No effect after a newer claim.
absl::Status ReleaseOperation(Txn& txn, const Operation& operation);
// The leases of a conductor that stopped in good order are given back.
absl::Status ReleaseOperations(Txn& txn, std::string_view owner);

// false where the incident (action_id, vdu, policy, address, number) is known; its operation_id is
// then set.
absl::StatusOr<bool> InsertIncident(Txn& txn, Incident& incident);

}  // namespace gregale::store
