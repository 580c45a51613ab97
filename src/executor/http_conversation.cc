#include "executor/http_conversation.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/limits.h"
#include "base/text.h"

namespace gregale::executor {
namespace {

using policies::HttpCheck;

constexpr std::string_view kProtocol = "HTTP/1.";
constexpr size_t kStatusAt = 9;  // "HTTP/1.1 200"
constexpr size_t kStatusEnd = 12;
constexpr std::string_view kHeaderEnd = "\r\n\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr int kInterimRepliesMax = 10;
constexpr char kCutOff[] = "connection closed before a complete reply";

// The status in a status line; 0: it is none. As much as there is of the line must be right.
int Status(std::string_view line) {
  int status = 0;
  for (size_t i = kStatusAt; i < kStatusEnd; ++i) {
    const char c = line[i];
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return 0;
    status = status * 10 + (c - '0');
  }
  const bool ends =
      line.size() == kStatusEnd || line[kStatusEnd] == ' ' || line[kStatusEnd] == '\r';
  const bool version = absl::ascii_isdigit(static_cast<unsigned char>(line[7])) && line[8] == ' ';
  return ends && version && status >= 100 ? status : 0;
}

bool IsExpected(int status, const HttpCheck& expected) {
  return std::ranges::any_of(expected.statuses, [&](const auto& range) {
    return status >= range.first && status <= range.second;
  });
}

// The value of a header; "" where there is none.
std::string_view HeaderValue(std::string_view header, std::string_view name) {
  for (std::string_view line : base::Split(header, '\n')) {
    const size_t colon = line.find(':');
    if (colon == line.npos ||
        !absl::EqualsIgnoreCase(base::ToAbsl(line.substr(0, colon)), base::ToAbsl(name))) {
      continue;
    }
    return base::FromAbsl(absl::StripAsciiWhitespace(base::ToAbsl(line.substr(colon + 1))));
  }
  return {};
}

struct Body {
  std::string text;
  bool complete = false;
};

// What there is of a body in chunks. Anything that is no chunk ends it.
Body Unchunked(std::string_view received) {
  Body body;
  while (true) {
    const size_t line_end = received.find("\r\n");
    if (line_end == received.npos) return body;
    const std::string digits(received.substr(0, std::min(line_end, received.find(';'))));
    uint32_t size = 0;
    if (digits.empty() || digits.size() > 7 ||
        !absl::SimpleHexAtoi(absl::StripAsciiWhitespace(digits), &size) || size == 0) {
      body.complete = true;
      return body;
    }
    received.remove_prefix(line_end + 2);
    body.text += received.substr(0, size);
    if (received.size() < size_t{size} + 2) return body;
    received.remove_prefix(size_t{size} + 2);
  }
}

Body BodyOf(std::string_view header, std::string_view received) {
  const std::string coding =
      absl::AsciiStrToLower(base::ToAbsl(HeaderValue(header, "Transfer-Encoding")));
  if (base::Contains(coding, "chunked")) {
    return Unchunked(received);
  }
  Body body{.text = std::string(received), .complete = false};
  uint64_t length = 0;
  if (absl::SimpleAtoi(base::ToAbsl(HeaderValue(header, "Content-Length")), &length)) {
    body.complete = received.size() >= length;
    if (body.complete) body.text.resize(length);
  }
  return body;
}

// Whether the reply ends where `received`, which follows its header, ends.
bool IsWhole(std::string_view header, std::string_view received, int status,
             const HttpCheck& expected) {
  if (expected.method == "HEAD" || status == 204 || status == 304) return received.empty();
  const std::string_view coding = HeaderValue(header, "Transfer-Encoding");
  if (!coding.empty()) {
    const Body body = BodyOf(header, received);
    return body.complete &&
           (received == kLastChunk || received.ends_with(base::Cat("\r\n", kLastChunk)));
  }
  uint64_t length = 0;
  return absl::SimpleAtoi(base::ToAbsl(HeaderValue(header, "Content-Length")), &length) &&
         received.size() == length;
}

bool MayAskAgain(std::string_view header, std::string_view received, int status,
                 const HttpCheck& expected) {
  if (!expected.keep_alive || !header.starts_with("HTTP/1.1") || status == 101) return false;
  const std::string connection =
      absl::AsciiStrToLower(base::ToAbsl(HeaderValue(header, "Connection")));
  return !base::Contains(connection, "close") && IsWhole(header, received, status, expected);
}

Verdict JudgeBody(std::string_view header, std::string_view received, bool ended,
                  const HttpCheck& expected) {
  if (expected.body.empty()) return Verdict::Good();
  const Body body = BodyOf(header, received);
  if (base::Contains(body.text, expected.body)) return Verdict::Good();
  if (body.complete || ended) return Verdict::Bad("the body does not have the expected text");
  return {};
}

std::string RequestText(const ProbeRequest& request) {
  const HttpCheck& http = request.parameters->http;
  const uint16_t port = request.parameters->port;
  const std::string host = http.server_name.empty() ? HostAndPort(request, port)
                                                    : base::Cat(http.server_name, ":", port);
  return base::Cat(http.method, " ", http.path, " HTTP/1.1\r\nHost: ", host,
                   "\r\nUser-Agent: gregale\r\nAccept: */*\r\nConnection: ",
                   http.keep_alive ? "keep-alive" : "close", "\r\n\r\n");
}

}  // namespace

Verdict JudgeHttpReply(std::string_view received, bool ended, const HttpCheck& expected) {
  const bool too_long = received.size() >= base::kProbeReplyBytesMax;
  for (int interim = 0; interim <= kInterimRepliesMax; ++interim) {
    const size_t known = std::min(received.size(), kProtocol.size());
    if (received.substr(0, known) != kProtocol.substr(0, known)) {
      return Verdict::Bad("reply is not HTTP");
    }
    if (received.size() <= kStatusEnd) return ended ? Verdict::Bad(kCutOff) : Verdict{};
    const int status = Status(received.substr(0, kStatusEnd + 1));
    if (status == 0) return Verdict::Bad("reply is not HTTP");
    if ((status >= 200 || status == 101) && !IsExpected(status, expected)) {
      return Verdict::Bad(base::Cat("HTTP status ", status));
    }
    const size_t end = received.find(kHeaderEnd);
    if (end == std::string_view::npos) {
      if (ended) return Verdict::Bad(kCutOff);
      return too_long ? Verdict::Bad("reply header is too long") : Verdict{};
    }
    const std::string_view header = received.substr(0, end);
    received.remove_prefix(end + kHeaderEnd.size());
    if (status < 200 && status != 101) continue;
    Verdict verdict = JudgeBody(header, received, ended, expected);
    verdict.reusable = !ended && MayAskAgain(header, received, status, expected);
    if (verdict.kind != Verdict::Kind::kUndecided || !too_long) return verdict;
    return Verdict::Bad("the expected text is not in the first 64 KiB of the reply");
  }
  return Verdict::Bad("too many interim replies");
}

Conversation ConverseHttp(const ProbeRequest& request) {
  const HttpCheck& http = request.parameters->http;
  Conversation conversation{
      .port = request.parameters->port,
      .tls = {},
      .request = RequestText(request),
      .judge = [http](std::string_view received,
                      bool ended) { return JudgeHttpReply(received, ended, http); },
      .keep_alive = http.keep_alive};
  if (http.tls) {
    conversation.tls = TlsClient{
        .verify = http.verify,
        .server_name = http.server_name.empty() ? request.address.ToText() : http.server_name};
  }
  return conversation;
}

}  // namespace gregale::executor
