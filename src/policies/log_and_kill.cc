#include "policies/actions.h"

namespace gregale::policies {

PolicyAction LogAndKillAction() {
  return {.name = "log_and_kill",
          .event_words = "ActionLogAndKill invoked",
          .destructive = true,
          .exclusive = true};
}

}  // namespace gregale::policies
