#pragma once

#include "absl/status/status.h"
#include "server/http_message.h"

namespace gregale::server {

// An error as Tacker's v1.0 writes it: {"TackerError": {"type", "message", "detail"}}. The HTTP
// status follows from the error's kind, by one table, else from its code. The first line of the
// status' message is the message, the rest the detail. What is our own fault is logged and told to
// nobody.
HttpResponse TackerError(const absl::Status& status);

}  // namespace gregale::server
