#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "server/http_message.h"
#include "server/rest_edge.h"

// Errors of Mistral's API: the constructors, and how they are told.
namespace gregale::server {

// 400, 403, 404, 406 and 409, with a message in Mistral's words.
absl::Status MistralBadRequest(std::string_view message);
absl::Status MistralForbidden(std::string_view message);
absl::Status MistralNotFound(std::string_view message);
absl::Status MistralNotAcceptable(std::string_view message);
absl::Status MistralConflict(std::string_view message);
absl::Status UnknownArgument(std::string_view name);
// An argument of the query or an attribute of the body has a value that it cannot have.
absl::Status MistralInvalidField(std::string_view field, std::string_view value,
                                 std::string_view reason);

// {"faultcode", "faultstring", "debuginfo"}; of a route that takes a text the faultstring alone.
HttpResponse MistralError(const absl::Status& status, BodyKind kind);

}  // namespace gregale::server
