#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "infra/local/ip_address.h"

namespace gregale::infra {

// Whether a TCP connection to the port is accepted at every one of the addresses. Waits at most
// `timeout` for the first that does not answer.
bool AllAcceptTcp(const std::vector<IpAddress>& addresses, uint16_t port, absl::Duration timeout);

}  // namespace gregale::infra
