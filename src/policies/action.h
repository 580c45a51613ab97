#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// The acting half of policies: what to do. Pure: it decides, the conductor does.
namespace gregale::policies {

// A policy action: a row of the table.
struct PolicyAction {
  std::string_view name;         // "respawn"
  std::string_view event_words;  // what Tacker writes into the event: "ActionRespawnHeat invoked"
  bool destructive = false;      // replaces or removes VDUs because a monitor says that they failed
  bool exclusive = false;        // works on the VNF: only while it is ACTIVE, one at a time
  bool scales = false;           // by a scaling policy, which a call of it names
};

// The table; one entry per file <action>.cc.
std::span<const PolicyAction> PolicyActions();
// nullptr for an unknown name.
const PolicyAction* FindPolicyAction(std::string_view name);

// An action as a policy names it: "respawn"; "SP1-out" and "SP1-in" scale by the policy SP1, which
// "scale-out" and "scale-in" leave open.
struct ActionCall {
  const PolicyAction* action = nullptr;
  std::string scaling_policy;  // "": none, or left open
};

// Whether there is such a scaling policy is not looked at. nullptr action: no such action.
ActionCall ReadActionCall(std::string_view name);
// The name that ReadActionCall reads so.
std::string NameOf(const ActionCall& call);

// What is known when an incident is reported.
struct Situation {
  bool action_is_current = false;  // the report's action id is the VNF's current one
  bool vnf_is_active = false;      // ACTIVE: nobody works on it
  bool incident_is_new = true;
};

// What to do about it.
struct Decision {
  enum class Verdict {
    kBadAction,  // the reporter is not the VNF's monitor: it must exit
    kDuplicate,  // the incident was answered before
    kHeld,       // it has an exclusive answer, and somebody works on the VNF: nothing is done, also
                 // not the rest
    kAct,
  };
  Verdict verdict = Verdict::kBadAction;
  // kAct: those that leave the VNF alone, in order, and then at most one exclusive one (the first):
  // after it, the VNF is not what the others were meant for.
  std::vector<ActionCall> actions;
};

// kInvalidArgument (kind "InvalidInput", field "policy_actions") names an unknown action or too
// long a list, whatever the situation.
absl::StatusOr<Decision> Decide(const Situation& situation,
                                std::span<const std::string> policy_actions);

}  // namespace gregale::policies
