#include "policies/actions.h"

namespace gregale::policies {

PolicyAction LogAction() { return {.name = "log", .event_words = "ActionLogOnly invoked"}; }

}  // namespace gregale::policies
