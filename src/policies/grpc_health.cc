#include "base/error.h"
#include "base/limits.h"
#include "policies/drivers.h"
#include "policies/parameters.h"

namespace gregale::policies {
namespace {

absl::Status ParseService(const base::Json& value, std::string_view field, MonitorParameters& out) {
  GREGALE_ASSIGN_OR_RETURN(out.service, ReadWord(value, field, base::kGrpcServiceBytesMax));
  return absl::OkStatus();
}

std::span<const MonitorParameter> Parameters() {
  static const auto parameters =
      CommonParametersAnd({{"port", ParsePort}, {"service", ParseService}});
  return parameters;
}

MonitorParameters Defaults(const base::Json&) { return {.timing = DefaultTiming()}; }

absl::Status Check(const MonitorParameters& parameters, std::string_view field) {
  if (parameters.port != 0) return absl::OkStatus();
  return base::InvalidInput(field, "grpc_health needs a port");
}

}  // namespace

MonitorDriver GrpcHealthDriver() {
  return {.name = "grpc_health",
          .action = "vnf.grpc_health",
          .parameters = Parameters(),
          .defaults = Defaults,
          .check = Check};
}

}  // namespace gregale::policies
