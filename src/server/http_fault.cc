#include "server/http_fault.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/error.h"
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
    {"ActionTimeout", 504, "HTTPGatewayTimeout"},
    {"NotAcceptable", 406, "HTTPNotAcceptable"},
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

HttpFault Choose(const absl::Status& status) {
  const std::string kind = base::ErrorKind(status);
  const std::string text(status.message());
  const size_t line_end = std::min(text.find('\n'), text.size());
  HttpFault fault = {.status = 0,
                     .type = kind,
                     .message = text.substr(0, line_end),
                     .detail = text.substr(std::min(line_end + 1, text.size()))};
  for (const KindRow& row : kKinds) {
    if (row.kind != kind) continue;
    fault.status = row.status;
    fault.type = std::string(row.type);
    return fault;
  }
  const auto* row = std::find_if(std::begin(kCodes), std::end(kCodes),
                                 [&](const CodeRow& r) { return r.code == status.code(); });
  if (row == std::end(kCodes)) row = &kOurFault;
  fault.status = row->status;
  if (kind.empty()) fault.type = std::string(row->type);
  return fault;
}

// Neither the reason of a failure of ours nor of the store's is anybody's business but the log's.
void HideReason(const absl::Status& status, HttpFault& fault) {
  base::LogError("a request failed", {{"status", status.ToString()}});
  fault.detail.clear();
  if (fault.status == 500) {
    fault.type = std::string(kOurFault.type);
    fault.message = "Request Failed: internal server error while processing your request.";
  } else if (status.code() == StatusCode::kUnknown) {
    fault.message = "The store did not confirm. Look whether it was done before trying again.";
  } else {
    fault.message = "The store is out of reach. Nothing was changed; try again.";
  }
}

}  // namespace

HttpFault FaultOf(const absl::Status& status) {
  HttpFault fault = Choose(status);
  if (fault.status == 500 || fault.status == 503) HideReason(status, fault);
  return fault;
}

}  // namespace gregale::server
