#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/records.h"
#include "store/store.h"

// What conductors remember about failures before (and shortly after) they act on them.
namespace gregale::store {

// Names an incident; see Incident.
struct IncidentKey {
  std::string action_id;
  std::string vdu;
  std::string policy;
  std::string address;
  uint64_t number = 0;
};

// A failure that a monitor has reported. It counts as going on until `counts_until`: each
// repetition of the report moves that. The row goes with the VNF.
struct Suspicion {
  IncidentKey key;
  std::string vnf_id;
  std::string executor_id;  // who sees the failure; "" where that is not known
  std::string vim_id;
  absl::Time first_at;
  absl::Time counts_until;
  std::string guards;  // what the VNF's descriptor says of guards, JSON text; "": nothing
  std::string hold;    // why nothing that changes the VNF was done yet; "" where nothing holds it
  bool announced = false;  // the actions that leave the VNF alone were done
  // The second executor that was asked, when, until when it has to answer, and what it said ("":
  // nothing yet).
  std::string witness_id;
  absl::Time asked_at = absl::InfinitePast();
  absl::Time answer_by = absl::InfinitePast();
  std::string verdict;
  std::string verdict_reason;
  int silent_witnesses = 0;  // asked in vain
};

// kNotFound.
absl::StatusOr<Incident> GetIncident(Txn& txn, const IncidentKey& key);

// nullopt where there is none.
absl::StatusOr<std::optional<Suspicion>> FindSuspicion(Txn& txn, const IncidentKey& key);
// Adds or replaces the row of `suspicion.key`.
absl::Status PutSuspicion(Txn& txn, const Suspicion& suspicion);
// The address is well again: forgets every incident of it. Returns how many there were.
absl::StatusOr<int64_t> ForgetSuspicions(Txn& txn, const IncidentKey& key);
// Forgets those that have counted for nothing since `before`.
absl::Status PurgeSuspicions(Txn& txn, absl::Time before);

// How many VNFs fail now: in all, seen by an executor, or on a VIM (empty: any).
absl::StatusOr<int64_t> CountFailing(Txn& txn, std::string_view executor_id,
                                     std::string_view vim_id);
// How many VNFs are watched on each VIM: by a monitor, or by alarms from outside.
absl::StatusOr<std::map<std::string, int64_t>> CountMonitoredByVim(Txn& txn);

// A storm that goes on. Its scope is "all", "executor <id>" or "vim <id>".
struct Storm {
  std::string scope;
  absl::Time since;
};
absl::StatusOr<std::vector<Storm>> ListStorms(Txn& txn);
// false where it is known already.
absl::StatusOr<bool> InsertStorm(Txn& txn, std::string_view scope);
// false where there is none.
absl::StatusOr<bool> DeleteStorm(Txn& txn, std::string_view scope);

// Remembers that a policy has had something of the VNF replaced: all of it, or one VDU. The rows go
// with the VNF.
absl::Status InsertRepair(Txn& txn, std::string_view vnf_id, std::string_view vdu);
// How often that was since then.
absl::StatusOr<int64_t> CountRepairs(Txn& txn, std::string_view vnf_id, std::string_view vdu,
                                     absl::Time since);

}  // namespace gregale::store
