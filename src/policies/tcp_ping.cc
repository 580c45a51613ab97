#include "base/error.h"
#include "policies/drivers.h"
#include "policies/parameters.h"

namespace gregale::policies {
namespace {

std::span<const MonitorParameter> Parameters() {
  static const auto parameters = CommonParametersAnd({{"port", ParsePort}});
  return parameters;
}

MonitorParameters Defaults(const base::Json&) { return {.timing = DefaultTiming()}; }

absl::Status Check(const MonitorParameters& parameters, std::string_view field) {
  if (parameters.port != 0) return absl::OkStatus();
  return base::InvalidInput(field, "tcp_ping needs a port");
}

}  // namespace

MonitorDriver TcpPingDriver() {
  return {.name = "tcp_ping",
          .action = "vnf.tcp_ping",
          .parameters = Parameters(),
          .defaults = Defaults,
          .check = Check};
}

}  // namespace gregale::policies
