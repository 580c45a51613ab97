#pragma once

#include "absl/status/status.h"
#include "server/http_message.h"

namespace gregale::server {

// An error in Keystone's dialect: {"error": {"code", "message", "title"}}.
HttpResponse IdentityError(const absl::Status& status);

// What a request without a valid token gets, from every part of the REST API: Keystone's 401, with
// the message also where Tacker's client looks for it.
HttpResponse Unauthorized();

}  // namespace gregale::server
