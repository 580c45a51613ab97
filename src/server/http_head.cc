#include "server/http_head.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "server/http_text.h"

namespace gregale::server {
namespace {

absl::Status Bad(std::string_view message) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BadRequest", message);
}

bool IsTokenChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; });
}

// What is gathered from the headers; the judgement needs all of them.
struct Headers {
  std::optional<std::string> host;
  std::optional<std::string> content_length;
  std::optional<std::string> transfer_encoding;
  std::optional<std::string> content_type;
  std::optional<std::string> auth_token;
  std::optional<std::string> subject_token;
  std::optional<std::string> project_id;
  std::optional<std::string> origin;
  std::string content_encoding;
  std::string expect;
  std::string connection;
};

absl::Status KeepOnce(std::optional<std::string>& slot, std::string_view name,
                      std::string_view value) {
  if (slot.has_value()) return Bad(base::Cat("More than one ", name, " header"));
  slot = std::string(value);
  return absl::OkStatus();
}

absl::Status TakeHeader(std::string_view line, Headers& headers) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Bad("A header line without a colon");
  const std::string name = Lowered(line.substr(0, colon));
  if (!IsToken(name)) return Bad("A header name with characters that are not allowed in it");
  const std::string_view value = Trimmed(line.substr(colon + 1));
  if (HasControls(value)) return Bad("A header value with control characters");
  if (name == "host") return KeepOnce(headers.host, "Host", value);
  if (name == "content-length") return KeepOnce(headers.content_length, "Content-Length", value);
  if (name == "content-type") return KeepOnce(headers.content_type, "Content-Type", value);
  if (name == "x-auth-token") return KeepOnce(headers.auth_token, "X-Auth-Token", value);
  if (name == "x-subject-token") return KeepOnce(headers.subject_token, "X-Subject-Token", value);
  if (name == "x-project-id") return KeepOnce(headers.project_id, "X-Project-Id", value);
  if (name == "origin") return KeepOnce(headers.origin, "Origin", value);
  if (name == "transfer-encoding") {
    return KeepOnce(headers.transfer_encoding, "Transfer-Encoding", value);
  }
  if (name == "content-encoding") base::Append(headers.content_encoding, value);
  if (name == "expect") base::Append(headers.expect, value);
  if (name == "connection") base::Append(headers.connection, value, ",");
  return absl::OkStatus();
}

absl::Status TakeRequestLine(std::string_view line, HttpHead& head, std::string_view& version) {
  if (HasControls(line) || base::Contains(line, '\t')) {
    return Bad("A request line with control characters");
  }
  const std::vector<std::string_view> parts = base::Split(line, ' ');
  if (parts.size() != 3 || !IsToken(parts[0]) || parts[1].empty()) {
    return Bad("The first line is not an HTTP request line");
  }
  head.method = std::string(parts[0]);
  std::string_view target = parts[1];
  if (target.size() > base::kHttpTargetBytesMax) {
    return base::MakeError(
        absl::StatusCode::kInvalidArgument, "UriTooLong",
        base::Cat("The request target is longer than ", base::kHttpTargetBytesMax, " bytes"));
  }
  if (base::TakePrefix(target, "http://"))
    target.remove_prefix(std::min(target.find('/'), target.size()));
  head.target = target.empty() ? "/" : std::string(target);
  if (head.target[0] != '/') return Bad("The request target does not begin with /");
  version = parts[2];
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return absl::OkStatus();
  if (!version.starts_with("HTTP/")) return Bad("The first line names no HTTP version");
  return base::MakeError(absl::StatusCode::kUnimplemented, "VersionNotSupported",
                         "Only HTTP/1.1 and HTTP/1.0 are spoken here");
}

absl::Status JudgeLength(const Headers& headers, HttpHead& head) {
  if (!headers.content_length.has_value()) return absl::OkStatus();
  const std::string& text = *headers.content_length;
  const bool digits =
      !text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      });
  if (!digits || !absl::SimpleAtoi(text, &head.content_length)) {
    return Bad("Content-Length is not a number");
  }
  if (head.content_length > base::kHttpBodyBytesMax) {
    return base::MakeError(
        absl::StatusCode::kInvalidArgument, "BodyTooLarge",
        base::Cat("The request body is larger than ", base::kHttpBodyBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status JudgeEncoding(const Headers& headers, bool is_http11, HttpHead& head) {
  const std::string encoding = Lowered(headers.content_encoding);
  if (!encoding.empty() && encoding != "identity") {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "UnsupportedMediaType",
                           "Compressed request bodies are not accepted");
  }
  if (!headers.transfer_encoding.has_value()) return absl::OkStatus();
  if (headers.content_length.has_value()) {
    return Bad("Both Content-Length and Transfer-Encoding");
  }
  if (!is_http11) return Bad("Transfer-Encoding in an HTTP/1.0 request");
  if (Lowered(*headers.transfer_encoding) != "chunked") {
    return base::MakeError(absl::StatusCode::kUnimplemented, "NotImplemented",
                           "The only Transfer-Encoding spoken here is chunked");
  }
  head.chunked = true;
  return absl::OkStatus();
}

absl::Status JudgeExpectation(const Headers& headers, bool is_http11, HttpHead& head) {
  if (headers.expect.empty() || !is_http11) return absl::OkStatus();
  if (Lowered(headers.expect) != "100-continue") {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "ExpectationFailed",
                           "The only expectation met here is 100-continue");
  }
  head.expects_continue = true;
  return absl::OkStatus();
}

bool WantsKeepAlive(const Headers& headers, bool is_http11) {
  bool keep_alive = is_http11;
  for (std::string_view token : base::Split(headers.connection, ',')) {
    const std::string wish = Lowered(Trimmed(token));
    if (wish == "close") return false;
    if (wish == "keep-alive") keep_alive = true;
  }
  return keep_alive;
}

absl::Status TakeHeaders(const std::vector<std::string_view>& lines, Headers& headers) {
  if (lines.size() - 1 > base::kHttpHeadersMax) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "HeadersTooLarge",
                           base::Cat("More than ", base::kHttpHeadersMax, " headers"));
  }
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty() || lines[i][0] == ' ' || lines[i][0] == '\t') {
      return Bad("A folded header line");
    }
    GREGALE_RETURN_IF_ERROR(TakeHeader(lines[i], headers));
  }
  return absl::OkStatus();
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

enum class Plus { kIsPlus, kIsSpace };

absl::StatusOr<std::string> Unescape(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i] == '+' && plus == Plus::kIsSpace ? ' ' : text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return Bad("A %-escape that is not two hexadecimal digits");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  if (base::Contains(out, '\0')) return Bad("A NUL in the request target");
  if (!base::IsUtf8(out)) return Bad("The request target is not UTF-8");
  return out;
}

}  // namespace

absl::StatusOr<HttpHead> ParseHttpHead(std::string_view block) {
  base::TakeSuffix(block, "\r\n");
  std::vector<std::string_view> lines = base::Split(block, '\n');
  for (size_t i = 0; i + 1 < lines.size(); ++i) {
    if (!base::TakeSuffix(lines[i], "\r")) return Bad("A line that does not end with CRLF");
  }
  HttpHead head;
  std::string_view version;
  GREGALE_RETURN_IF_ERROR(TakeRequestLine(lines[0], head, version));
  const bool is_http11 = version == "HTTP/1.1";
  Headers headers;
  GREGALE_RETURN_IF_ERROR(TakeHeaders(lines, headers));
  if (is_http11 && !headers.host.has_value()) return Bad("No Host header");
  GREGALE_RETURN_IF_ERROR(JudgeEncoding(headers, is_http11, head));
  GREGALE_RETURN_IF_ERROR(JudgeLength(headers, head));
  GREGALE_RETURN_IF_ERROR(JudgeExpectation(headers, is_http11, head));
  head.host = headers.host.value_or("");
  head.content_type = headers.content_type.value_or("");
  head.auth_token = headers.auth_token.value_or("");
  head.subject_token = headers.subject_token.value_or("");
  head.project_id = headers.project_id.value_or("");
  head.origin = headers.origin.value_or("");
  head.keep_alive = WantsKeepAlive(headers, is_http11);
  return head;
}

absl::StatusOr<HttpTarget> ParseHttpTarget(std::string_view target) {
  HttpTarget out;
  const size_t mark = target.find('?');
  std::string_view path = target.substr(0, mark);
  base::TakePrefix(path, "/");
  base::TakeSuffix(path, "/");
  if (!path.empty()) {
    for (std::string_view segment : base::Split(path, '/')) {
      GREGALE_ASSIGN_OR_RETURN(std::string text, Unescape(segment, Plus::kIsPlus));
      out.segments.push_back(std::move(text));
    }
  }
  if (mark == std::string_view::npos) return out;
  for (std::string_view pair : base::Split(target.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    GREGALE_ASSIGN_OR_RETURN(std::string key, Unescape(pair.substr(0, equals), Plus::kIsSpace));
    std::string value;
    if (equals != std::string_view::npos) {
      GREGALE_ASSIGN_OR_RETURN(value, Unescape(pair.substr(equals + 1), Plus::kIsSpace));
    }
    out.query.emplace_back(std::move(key), std::move(value));
  }
  return out;
}

std::string EscapeQuery(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    }
  }
  return out;
}

}  // namespace gregale::server
