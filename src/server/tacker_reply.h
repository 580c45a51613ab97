#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/json.h"
#include "server/trigger_handlers.h"
#include "store/records.h"

// Rows as Tacker's v1.0 shows them. Secrets are not in the rows in a form that could be shown.
namespace gregale::server {

base::Json ShowVim(const store::Vim& vim);
base::Json ShowVnfd(const store::Vnfd& vnfd);
base::Json ShowVnf(const store::Vnf& vnf);
base::Json ShowVnfResource(const store::VnfResource& resource);
base::Json ShowEvent(const store::Event& event);
// The echo of an alarm, with what came of it.
base::Json ShowTrigger(const std::string& trigger, const std::string& actions,
                       TriggerOutcome outcome);

// The extensions that Tacker would have: {"alias", "name", ...} each, in a list.
base::Json ShowExtensions();
// What / answers; `host` is the request's.
base::Json ShowVersions(std::string_view host);

}  // namespace gregale::server
