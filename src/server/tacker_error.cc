#include "server/tacker_error.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"

namespace gregale::server {
namespace {

using absl::StatusCode;

struct KindRow {
  std::string_view kind;
  int status;
  std::string_view type;
};

// Where Tacker answers 500 to what is the caller's error, a real 4xx stands here.
constexpr KindRow kKinds[] = {
    // Requests that could not be read.
    {"BadRequest", 400, "HTTPBadRequest"},
    {"RequestTimeout", 408, "HTTPRequestTimeout"},
    {"BodyTooLarge", 413, "HTTPRequestEntityTooLarge"},
    {"UriTooLong", 414, "HTTPRequestURITooLong"},
    {"UnsupportedMediaType", 415, "HTTPUnsupportedMediaType"},
    {"ExpectationFailed", 417, "HTTPExpectationFailed"},
    {"HeadersTooLarge", 431, "HTTPRequestHeaderFieldsTooLarge"},
    {"NotImplemented", 501, "HTTPNotImplemented"},
    {"VersionNotSupported", 505, "HTTPVersionNotSupported"},
    {"MethodNotAllowed", 405, "HTTPMethodNotAllowed"},
    {"PathNotFound", 404, "HTTPNotFound"},
    {"HostNotServed", 403, "HTTPForbidden"},
    // Requests that were understood, and are wrong.
    {"VNFInactive", 400, "VNFInactive"},
    {"VimDefaultNotDefined", 400, "VimDefaultNotDefined"},
    {"VNFScalingBound", 409, "VNFScalingBound"},
};

struct CodeRow {
  StatusCode code;
  int status;
  std::string_view type;  // where the error has no kind
};

constexpr CodeRow kCodes[] = {
    {StatusCode::kInvalidArgument, 400, "HTTPBadRequest"},
    {StatusCode::kOutOfRange, 400, "HTTPBadRequest"},
    {StatusCode::kPermissionDenied, 403, "NotAuthorized"},
    {StatusCode::kNotFound, 404, "HTTPNotFound"},
    {StatusCode::kAlreadyExists, 409, "HTTPConflict"},
    {StatusCode::kFailedPrecondition, 409, "HTTPConflict"},
    {StatusCode::kUnavailable, 503, "HTTPServiceUnavailable"},
    {StatusCode::kDeadlineExceeded, 503, "HTTPServiceUnavailable"},
    {StatusCode::kUnknown, 503, "HTTPServiceUnavailable"},
    {StatusCode::kResourceExhausted, 503, "HTTPServiceUnavailable"},
};

constexpr CodeRow kOurFault = {StatusCode::kInternal, 500, "HTTPInternalServerError"};

struct Answer {
  int status;
  std::string type;
  std::string message;
  std::string detail;
};

Answer Choose(const absl::Status& status) {
  const std::string kind = base::ErrorKind(status);
  const std::string text(status.message());
  const size_t line_end = std::min(text.find('\n'), text.size());
  Answer answer = {.status = 0,
                   .type = kind,
                   .message = text.substr(0, line_end),
                   .detail = text.substr(std::min(line_end + 1, text.size()))};
  for (const KindRow& row : kKinds) {
    if (row.kind != kind) continue;
    answer.status = row.status;
    answer.type = std::string(row.type);
    return answer;
  }
  const auto* row = std::find_if(std::begin(kCodes), std::end(kCodes),
                                 [&](const CodeRow& r) { return r.code == status.code(); });
  if (row == std::end(kCodes)) row = &kOurFault;
  answer.status = row->status;
  if (kind.empty()) answer.type = std::string(row->type);
  return answer;
}

// Neither the reason of a failure of ours nor of the store's is anybody's business but the log's.
void HideReason(const absl::Status& status, Answer& answer) {
  base::LogError("a request failed", {{"status", status.ToString()}});
  answer.detail.clear();
  if (answer.status == 500) {
    answer.type = std::string(kOurFault.type);
    answer.message = "Request Failed: internal server error while processing your request.";
  } else if (status.code() == StatusCode::kUnknown) {
    answer.message = "The store did not confirm. Look whether it was done before trying again.";
  } else {
    answer.message = "The store is out of reach. Nothing was changed; try again.";
  }
}

}  // namespace

HttpResponse TackerError(const absl::Status& status) {
  Answer answer = Choose(status);
  if (answer.status == 500 || answer.status == 503) HideReason(status, answer);
  HttpResponse response = {.status = answer.status};
  if (answer.status == 503) response.headers.emplace_back("Retry-After", "1");
  response.body = base::DumpJson(
      {{"TackerError",
        {{"type", answer.type}, {"message", answer.message}, {"detail", answer.detail}}}});
  return response;
}

}  // namespace gregale::server
