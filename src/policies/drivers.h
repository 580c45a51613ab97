#pragma once

#include "policies/monitoring.h"

// The rows of the table of monitoring drivers, one per file.
namespace gregale::policies {

// ICMP (or ICMPv6) echo to the management address.
MonitorDriver PingDriver();

// An HTTP or HTTPS request to the management address.
MonitorDriver HttpPingDriver();

// A TCP connection to the management address.
MonitorDriver TcpPingDriver();

// grpc.health.v1.Health/Check at the management address, over plaintext HTTP/2.
MonitorDriver GrpcHealthDriver();

// A check program of the executor's host, in the manner of Nagios.
MonitorDriver ExecDriver();

// Nothing is probed: something outside says that the VDU has failed, by a URL of the VNF.
MonitorDriver AlarmDriver();

}  // namespace gregale::policies
