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
  bool destructive;              // replaces or removes VDUs
};

// The table; one entry per file <action>.cc.
std::span<const PolicyAction> PolicyActions();
// nullptr for an unknown name.
const PolicyAction* FindPolicyAction(std::string_view name);

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
    kHeld,  // it has a destructive answer, and somebody works on the VNF: nothing is done, also not
            // the rest
    kAct,
  };
  Verdict verdict = Verdict::kBadAction;
  // kAct: those that leave the VDU alone, in order, and then at most one destructive one (the
  // first): after it, there is nothing left for a second.
  std::vector<const PolicyAction*> actions;
};

// kInvalidArgument (kind "InvalidInput", field "policy_actions") names an unknown action or too
// long a list, whatever the situation.
absl::StatusOr<Decision> Decide(const Situation& situation,
                                std::span<const std::string> policy_actions);

}  // namespace gregale::policies
