#include "policies/drivers.h"
#include "policies/parameters.h"

namespace gregale::policies {
namespace {

MonitorParameters Defaults(const base::Json&) {
  return {.timing = {.monitoring_delay = absl::Seconds(30),
                     .interval = absl::Seconds(1),
                     .timeout = absl::Seconds(5),
                     .count = 5,
                     .retry = 1}};
}

}  // namespace

MonitorDriver PingDriver() {
  return {.name = "ping",
          .action = "vnf.ping",
          .has_port = false,
          .has_path = false,
          .parameters = CommonParameters(),
          .defaults = Defaults};
}

}  // namespace gregale::policies
