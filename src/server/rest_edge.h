#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "server/http_message.h"

// What the REST dialects of this server have in common, before a handler and after it.
namespace gregale::server {

// Which Host headers are answered. Where nobody has to say who they are, a page in the operator's
// own browser is the attacker: it can make a name of its own resolve to 127.0.0.1. So where nobody
// else can reach the server, only literal addresses and "localhost" are taken for its name.
enum class HostPolicy { kLocalNamesOnly, kAny };

// kPermissionDenied, of kind HostNotServed.
absl::Status CheckHost(const HttpRequest& request, HostPolicy policy);

// What a route takes for its body.
enum class BodyKind { kJson, kText };

// A page in a browser must not be able to send a body to a server that is not its own. A JSON body
// must say that it is JSON, or come with a token: a page can do neither without asking first, and
// is never allowed to. A text may be of any type but must not come from a page, which could send it
// as text/plain without asking: browsers then say where it is from. Of kind UnsupportedMediaType.
absl::Status CheckContentType(const HttpRequest& request, BodyKind kind);

// Of kinds PathNotFound and MethodNotAllowed.
absl::Status PathNotFound();
absl::Status MethodNotAllowed(std::string_view method);

HttpResponse JsonAnswer(int status, const base::Json& body);
// 204 to what was done; else the error.
absl::StatusOr<HttpResponse> NoContent(const absl::Status& done);

}  // namespace gregale::server
