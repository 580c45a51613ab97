#include "server/rest_edge.h"

#include "base/error.h"
#include "base/text.h"
#include "server/http_text.h"
#include "server/local_name.h"

namespace gregale::server {

absl::Status CheckHost(const HttpRequest& request, HostPolicy policy) {
  if (policy == HostPolicy::kAny || request.host.empty() || IsLocalName(request.host)) {
    return absl::OkStatus();
  }
  return base::MakeError(absl::StatusCode::kPermissionDenied, "HostNotServed",
                         base::Cat("This server answers to its address and to localhost, not to '",
                                   request.host, "'"));
}

absl::Status CheckContentType(const HttpRequest& request, BodyKind kind) {
  if (request.body.empty() || !request.auth_token.empty()) return absl::OkStatus();
  const std::string_view type = base::Split(request.content_type, ';').front();
  if (Lowered(Trimmed(type)) == "application/json") return absl::OkStatus();
  if (kind == BodyKind::kText && request.origin.empty()) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kInvalidArgument, "UnsupportedMediaType",
                         kind == BodyKind::kText
                             ? "A page may not send this"
                             : "A request body needs Content-Type: application/json");
}

absl::Status PathNotFound() {
  return base::MakeError(absl::StatusCode::kNotFound, "PathNotFound",
                         "The resource could not be found.");
}

absl::Status MethodNotAllowed(std::string_view method) {
  return base::MakeError(absl::StatusCode::kUnimplemented, "MethodNotAllowed",
                         base::Cat("The method ", method, " is not allowed for this resource."));
}

HttpResponse JsonAnswer(int status, const base::Json& body) {
  return {.status = status, .body = base::DumpJson(body)};
}

absl::StatusOr<HttpResponse> NoContent(const absl::Status& done) {
  if (!done.ok()) return done;
  return HttpResponse{.status = 204};
}

}  // namespace gregale::server
