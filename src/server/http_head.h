#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/http_message.h"

// The head of an HTTP/1 request, judged before anything else sees a byte of it. Strict where
// leniency lets two parsers disagree (request smuggling): only CRLF, no folded headers, one Host,
// one numeric Content-Length or `Transfer-Encoding: chunked` but never both. Pure.
//
// Errors have the kinds BadRequest, UriTooLong, HeadersTooLarge, BodyTooLarge,
// UnsupportedMediaType, ExpectationFailed, NotImplemented and VersionNotSupported.
namespace gregale::server {

struct HttpHead {
  std::string method;
  std::string target;  // as sent, without scheme and host
  std::string host;
  std::string content_type;
  std::string auth_token;
  std::string subject_token;
  std::string project_id;
  std::string origin;
  uint64_t content_length = 0;
  bool chunked = false;
  bool keep_alive = true;         // the client's wish
  bool expects_continue = false;  // it waits for "100 Continue" before it sends the body
};

// `block` is the request line and the headers, with the CRLF of the last line but without the empty
// line.
absl::StatusOr<HttpHead> ParseHttpHead(std::string_view block);

// Splits and decodes a target. kInvalidArgument: a broken %-escape, a NUL, or text that is no
// UTF-8.
absl::StatusOr<HttpTarget> ParseHttpTarget(std::string_view target);

// `text` with everything but unreserved characters %-escaped, for query strings.
std::string EscapeQuery(std::string_view text);

}  // namespace gregale::server
