#include "policies/drivers.h"
#include "policies/parameters.h"

namespace gregale::policies {
namespace {

MonitorParameters Defaults(const base::Json&) { return {.timing = DefaultTiming()}; }

}  // namespace

MonitorDriver PingDriver() {
  return {
      .name = "ping", .action = "vnf.ping", .parameters = CommonParameters(), .defaults = Defaults};
}

}  // namespace gregale::policies
