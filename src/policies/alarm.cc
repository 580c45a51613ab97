#include "policies/drivers.h"

namespace gregale::policies {
namespace {

MonitorParameters Defaults(const base::Json&) { return {}; }

}  // namespace

MonitorDriver AlarmDriver() {
  return {.name = "alarm", .action = "", .parameters = {}, .defaults = Defaults};
}

}  // namespace gregale::policies
