#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

// The rows of the store, typed. Times are the store's clock unless a comment says otherwise; ids
// are UUIDs made by the caller; "" stands for SQL's NULL in ids and texts, absl::InfinitePast() in
// times. A created_at (or received_at) that is left out is the inserting transaction's time.
namespace gregale::store {

struct Vim {
  std::string id;
  std::string tenant_id;
  std::string name;
  std::string description;
  std::string type;  // "openstack", "local"
  std::string auth_url;
  std::string auth_cred;       // JSON object without secrets (they are masked in answers as "***")
  std::string sealed_secrets;  // base::SecretBox of a JSON object {"password": ...}; never leaves
                               // the process
  std::string vim_project;     // JSON object
  std::string placement_attr;  // JSON object {"regions": [...]}
  bool is_default = false;
  std::string status;  // PENDING, REACHABLE, UNREACHABLE, ERROR
  absl::Time created_at;
  absl::Time updated_at = absl::InfinitePast();
};

struct Vnfd {
  std::string id;
  std::string tenant_id;
  std::string name;
  std::string description;
  std::string template_yaml;    // the TOSCA template
  std::string template_source;  // "onboarded", "inline"
  absl::Time created_at;
  absl::Time updated_at = absl::InfinitePast();
};

// Tacker's states; the text of each is its name in upper case (kPendingCreate: "PENDING_CREATE").
enum class VnfStatus {
  kPendingCreate,
  kActive,
  kPendingUpdate,
  kPendingScaleOut,
  kPendingScaleIn,
  kPendingHeal,
  kPendingDelete,
  kDead,
  kError,
};
std::string_view ToText(VnfStatus status);
// A text that is no state (the store was changed by hand) is read as kError.
VnfStatus VnfStatusFromText(std::string_view text);

struct Vnf {
  std::string id;
  std::string tenant_id;
  std::string name;
  std::string description;
  std::string vnfd_id;
  std::string vim_id;
  std::string instance_id;      // the VIM's deployment; "" before there is one
  std::string mgmt_ip_address;  // JSON text {"VDU1": "198.18.0.3"}; "" before ACTIVE
  std::map<std::string, std::string> attributes;
  std::string placement_attr;  // JSON object
  VnfStatus status = VnfStatus::kPendingCreate;
  std::string error_reason;
  std::string
      mistral_action_id;  // the fencing token of the current monitor; "" while there is none
  bool paused = false;    // measured, but its policies' actions are suspended
  std::string layout;  // the instances it shall have: see lifecycle/layout.h; "" before it is made
  std::map<std::string, absl::Time> scaled_at;  // "SP1-out" -> when that step was last done
  std::string failed_operation_id;              // in ERROR: the operation that failed, if one did
  absl::Time created_at;
  absl::Time updated_at = absl::InfinitePast();
};

// One running instance of a VDU, as the VIM reported it.
struct VduInstance {
  std::string vnf_id;
  std::string vdu;
  int index = 0;                       // 0 for the first instance
  std::string resource_id;             // the VIM's id of it
  std::vector<std::string> addresses;  // management addresses, IPv4 before IPv6
};

// A resource of a deployment, for `vnf resource list`.
struct VnfResource {
  std::string vnf_id;
  std::string name;
  std::string type;
  std::string id;
};

struct Event {
  int64_t id = 0;  // given by the store
  std::string tenant_id;
  std::string resource_id;
  std::string resource_type;  // "vnf", "vnfd", "vim"
  std::string resource_state;
  std::string event_type;  // CREATE, DELETE, MONITOR, ...
  std::string details;
  absl::Time timestamp;
};

// Durable life-cycle work. Open operations of one VNF run one after the other, in order of
// `sequence`.
struct Operation {
  std::string id;
  int64_t sequence = 0;  // given by the store, rising
  std::string kind;      // see lifecycle/requests.h
  std::string vnf_id;
  std::string key;          // unique: the request or incident that it answers
  std::string step;         // where it stands; the first step is ""
  std::string state;        // JSON object: what the steps so far decided (ids made, times)
  absl::Time run_at;        // not before
  std::string lease_owner;  // conductor id, "" while nobody has it
  absl::Time lease_until = absl::InfinitePast();
  int64_t epoch = 0;   // rises with every claim: only the newest claim may write
  int attempt = 0;     // failed attempts of the current step
  std::string status;  // "open", "done", "failed", "superseded"
  std::string error;   // why it failed, or the last attempt's error
  absl::Time created_at;
  absl::Time finished_at = absl::InfinitePast();
};

// A report that was answered. (action_id, vdu, policy, address, number) is the key.
struct Incident {
  std::string action_id;
  std::string vdu;
  std::string policy;
  std::string address;
  uint64_t number = 0;
  std::string vnf_id;
  std::string operation_id;  // "" where no operation was needed
  absl::Time received_at;
};

// What is so of an executor, by key: {"site": "paris"}.
using Labels = std::map<std::string, std::string>;

// Where the monitor of a VNF runs, and what it should run there. One row per monitored VNF.
struct Placement {
  std::string vnf_id;
  std::string action_id;  // equal to Vnf::mistral_action_id, changed in the same transaction
  std::string execution_id;
  std::string executor_id;    // "" while not placed
  std::string incarnation;    // of the executor when it was placed
  int64_t version = 1;        // of the input: rises with every change
  int64_t acked_version = 0;  // the newest that the executor has confirmed; 0: not started
  std::string workflow_name;
  std::string definition;  // YAML
  std::string input;       // JSON object
  absl::Time placed_at = absl::InfinitePast();
  Labels affinity;  // it should rather run on an executor that has all of these
};

// A cancellation that an executor has not confirmed yet: the outbox of killed monitors.
struct PendingCancel {
  std::string action_id;
  std::string executor_id;
  absl::Time created_at;
};

struct Executor {
  std::string id;
  std::string incarnation;
  std::string address;
  int64_t capacity = 0;
  int64_t load = 0;
  std::string version;
  bool draining = false;
  absl::Time lease_until;
  std::string session_owner;  // conductor that holds its session; "" while nobody
  int64_t session_epoch = 0;  // rises with every change of owner
  absl::Time session_until = absl::InfinitePast();
  int64_t sessions_missed = 0;  // by conductors, in a row; see MissSession

  Labels labels;
  int64_t busy_permille = 0;  // of the processors that it may use, as it says itself
  int64_t comfort = 0;  // the most monitors that it carries without being too busy; 0: not known

  static constexpr int64_t kSessionsMissedMax = 2;
  bool unreachable() const { return sessions_missed >= kSessionsMissedMax; }
  // How many monitors it should have at most, where others have room.
  int64_t room() const { return comfort > 0 && comfort < capacity ? comfort : capacity; }
};

struct Conductor {
  std::string id;
  std::string address;
  std::string version;
  absl::Time lease_until;
};

}  // namespace gregale::store
