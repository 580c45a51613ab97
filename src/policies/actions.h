#pragma once

#include "policies/action.h"

// The rows of the table of policy actions, one per file.
namespace gregale::policies {

// Destroys the VNF's deployment and makes it anew, with new addresses.
PolicyAction RespawnAction();

// Replaces the one instance that failed.
PolicyAction VduAutohealAction();

// Adds or removes instances by a scaling policy. `autoscaling` is Tacker's word for scale-out.
PolicyAction ScaleOutAction();
PolicyAction ScaleInAction();
PolicyAction AutoscalingAction();

// Writes the incident into the VNF's events, and nothing else.
PolicyAction LogAction();

// The same, and destroys the VNF's deployment for good.
PolicyAction LogAndKillAction();

// Tells the receivers that the descriptor names, by HTTP.
PolicyAction NotifyAction();

}  // namespace gregale::policies
