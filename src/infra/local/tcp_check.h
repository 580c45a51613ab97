#pragma once

#include <cstdint>
#include <vector>

#include "infra/local/ip_address.h"

namespace gregale::infra {

// Those of the addresses at which a TCP connection to the port is not accepted. Tries again where
// there is no answer, for less than half a second: the kernel drops the first packets to an address
// that was added just now. An answer that is no is final.
std::vector<IpAddress> NotAcceptingTcp(const std::vector<IpAddress>& addresses, uint16_t port);

}  // namespace gregale::infra
