#pragma once

#include "absl/status/status.h"

// The packet filter of the calling thread's network namespace, in a table of our own (`gregale`).
namespace gregale::infra {

// Drops every packet that comes in, of both families, silently.
absl::Status DropAllInput();
// Lets them in again. OK where nothing was dropped.
absl::Status AcceptAllInput();

}  // namespace gregale::infra
