#pragma once

#include "policies/monitoring.h"

// The rows of the table of monitoring drivers, one per file.
namespace gregale::policies {

// ICMP (or ICMPv6) echo to the management address.
MonitorDriver PingDriver();

// An HTTP request to the management address; an answer of status 200-399 is good.
MonitorDriver HttpPingDriver();

}  // namespace gregale::policies
