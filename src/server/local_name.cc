#include "server/local_name.h"

#include <arpa/inet.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/text.h"
#include "server/http_text.h"

namespace gregale::server {
namespace {

bool IsLiteralAddress(const std::string& host) {
  in_addr v4;
  in6_addr v6;
  return inet_pton(AF_INET, host.c_str(), &v4) == 1 || inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

// Without the brackets of a literal IPv6 address; "" where only they tell the colons apart.
std::string_view Unbracketed(std::string_view host) {
  if (host.starts_with("[") && host.ends_with("]")) {
    return host.substr(1, host.size() - 2);
  }
  return base::Contains(host, ':') ? std::string_view() : host;
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(std::string_view address) {
  const size_t colon = address.rfind(':');
  HostPort out = {.host = std::string(Unbracketed(address.substr(0, colon)))};
  const bool has_port = colon != std::string_view::npos &&
                        absl::SimpleAtoi(base::ToAbsl(address.substr(colon + 1)), &out.port) &&
                        out.port >= 0 && out.port <= 65535;
  if (has_port && !out.host.empty()) return out;
  return absl::InvalidArgumentError(
      base::Cat("'", address, "' is no address of the form HOST:PORT or [HOST]:PORT"));
}

bool IsLoopback(std::string_view host) {
  if (host == "localhost") return true;
  const std::string text(host);
  in_addr v4;
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool IsLocalName(std::string_view host_header) {
  const absl::StatusOr<HostPort> with_port = ParseHostPort(host_header);
  const std::string host = Lowered(with_port.ok() ? with_port->host : Unbracketed(host_header));
  return host == "localhost" || host.ends_with(".localhost") || IsLiteralAddress(host);
}

}  // namespace gregale::server
