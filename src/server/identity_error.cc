#include "server/identity_error.h"

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "server/authenticator.h"

namespace gregale::server {
namespace {

struct Row {
  absl::StatusCode code;
  int status;
  std::string_view title;
};

constexpr Row kRows[] = {
    {absl::StatusCode::kInvalidArgument, 400, "Bad Request"},
    {absl::StatusCode::kUnauthenticated, 401, "Unauthorized"},
    {absl::StatusCode::kPermissionDenied, 403, "Forbidden"},
    {absl::StatusCode::kNotFound, 404, "Not Found"},
    {absl::StatusCode::kResourceExhausted, 429, "Too Many Requests"},
    {absl::StatusCode::kUnavailable, 503, "Service Unavailable"},
    {absl::StatusCode::kUnknown, 503, "Service Unavailable"},
};
constexpr Row kOurFault = {absl::StatusCode::kInternal, 500, "Internal Server Error"};

base::Json ErrorBody(const Row& row, std::string_view message) {
  return {{"error", {{"code", row.status}, {"message", message}, {"title", row.title}}}};
}

}  // namespace

HttpResponse IdentityError(const absl::Status& status) {
  Row found = kOurFault;
  for (const Row& row : kRows) {
    if (row.code == status.code()) found = row;
  }
  std::string message(base::FromAbsl(status.message()));
  if (found.status >= 500) {
    base::LogError("a request failed", {{"status", status.ToString()}});
    message = "The request could not be carried out. Try again.";
  }
  HttpResponse response = {.status = found.status,
                           .body = base::DumpJson(ErrorBody(found, message))};
  if (found.status == 429) response.headers.emplace_back("Retry-After", "10");
  if (found.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

HttpResponse Unauthorized() {
  const std::string message(base::FromAbsl(NotAuthenticated().message()));
  base::Json body = ErrorBody(kRows[1], message);
  body["unauthorized"] = {{"message", message}};
  return {.status = 401,
          .body = base::DumpJson(body),
          .headers = {{"WWW-Authenticate", "Keystone uri=\"/identity/v3\""}}};
}

}  // namespace gregale::server
