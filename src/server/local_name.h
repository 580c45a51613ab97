#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace gregale::server {

// The host and port of "host:port" or "[v6]:port". kInvalidArgument.
struct HostPort {
  std::string host;
  int port = 0;
};
absl::StatusOr<HostPort> ParseHostPort(std::string_view address);

// The host is a loopback address or "localhost".
bool IsLoopback(std::string_view host);

// A Host header that cannot be somebody else's name for this machine: a literal address,
// "localhost" or a name below it, with or without a port.
bool IsLocalName(std::string_view host_header);

}  // namespace gregale::server
