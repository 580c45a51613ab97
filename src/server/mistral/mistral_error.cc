#include "server/mistral/mistral_error.h"

#include <string>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "server/http_fault.h"
#include "server/text_rules.h"

namespace gregale::server {

using absl::StatusCode;

absl::Status MistralBadRequest(std::string_view message) {
  return base::MakeError(StatusCode::kInvalidArgument, "BadRequest", message);
}
absl::Status MistralForbidden(std::string_view message) {
  return base::MakeError(StatusCode::kPermissionDenied, "NotAllowed", message);
}
absl::Status MistralNotFound(std::string_view message) {
  return base::MakeError(StatusCode::kNotFound, "NotFound", message);
}
absl::Status MistralNotAcceptable(std::string_view message) {
  return base::MakeError(StatusCode::kUnimplemented, "NotAcceptable", message);
}
absl::Status MistralConflict(std::string_view message) {
  return base::MakeError(StatusCode::kAlreadyExists, "DuplicateEntry", message);
}

absl::Status UnknownArgument(std::string_view name) {
  return MistralBadRequest(base::Cat("Unknown argument: \"", Shortened(name), "\""));
}

absl::Status MistralInvalidField(std::string_view field, std::string_view value,
                                 std::string_view reason) {
  return MistralBadRequest(base::Cat("Invalid input for field/attribute ", field, ". Value: '",
                                     Shortened(value), "'. ", reason));
}

HttpResponse MistralError(const absl::Status& status, BodyKind kind) {
  const HttpFault fault = FaultOf(status);
  HttpResponse response = {.status = fault.status};
  // What a state does not allow is a bad request in Mistral's words.
  if (absl::IsFailedPrecondition(status)) response.status = 400;
  if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
  const std::string text =
      fault.detail.empty() ? fault.message : base::Cat(fault.message, "\n", fault.detail);
  base::Json body = {{"faultstring", text}};
  if (kind == BodyKind::kJson) {
    body = {{"faultcode", response.status < 500 ? "Client" : "Server"},
            {"faultstring", text},
            {"debuginfo", nullptr}};
  }
  response.body = base::DumpJson(body);
  return response;
}

}  // namespace gregale::server
