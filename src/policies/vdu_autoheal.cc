#include "policies/actions.h"

namespace gregale::policies {

PolicyAction VduAutohealAction() {
  return {.name = "vdu_autoheal",
          .event_words = "ActionVDUAutoheal invoked",
          .destructive = true,
          .exclusive = true};
}

}  // namespace gregale::policies
