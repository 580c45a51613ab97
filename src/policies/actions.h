#pragma once

#include "policies/action.h"

// The rows of the table of policy actions, one per file.
namespace gregale::policies {

// Destroys the VNF's deployment and makes it anew, with new addresses.
PolicyAction RespawnAction();

// Writes the incident into the VNF's events, and nothing else.
PolicyAction LogAction();

}  // namespace gregale::policies
