#include "policies/actions.h"

namespace gregale::policies {

PolicyAction RespawnAction() {
  return {.name = "respawn",
          .event_words = "ActionRespawnHeat invoked",
          .destructive = true,
          .exclusive = true};
}

}  // namespace gregale::policies
