#include "policies/actions.h"

namespace gregale::policies {

PolicyAction NotifyAction() { return {.name = "notify", .event_words = "ActionNotify invoked"}; }

}  // namespace gregale::policies
