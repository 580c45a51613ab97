#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace gregale::cli {

// OK: GET /readyz at `address` (an IPv4 address and a port) answers 200 within about `timeout`.
absl::Status CheckHttpReady(const std::string& address, absl::Duration timeout);

// OK: a server could listen at this port of 127.0.0.1. kAlreadyExists: something does.
absl::Status CheckPortFree(uint16_t port);

}  // namespace gregale::cli
