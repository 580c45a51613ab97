#include "executor/http_reply.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/limits.h"
#include "base/text.h"

namespace gregale::executor {
namespace {

constexpr std::string_view kProtocol = "HTTP/1.";
constexpr size_t kStatusAt = 9;  // "HTTP/1.1 200"
constexpr size_t kStatusEnd = 12;
constexpr std::string_view kHeaderEnd = "\r\n\r\n";
constexpr int kInterimRepliesMax = 10;

HttpVerdict Bad(std::string reason) { return {HttpVerdict::Kind::kBad, std::move(reason)}; }

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

}  // namespace

HttpVerdict JudgeHttpReply(std::string_view received) {
  for (int interim = 0; interim <= kInterimRepliesMax; ++interim) {
    const size_t known = std::min(received.size(), kProtocol.size());
    if (received.substr(0, known) != kProtocol.substr(0, known)) return Bad("reply is not HTTP");
    if (received.size() <= kStatusEnd) return {};
    const int status = Status(received.substr(0, kStatusEnd + 1));
    if (status == 0) return Bad("reply is not HTTP");
    if (status >= 400 || status == 101) return Bad(base::Cat("HTTP status ", status));
    const size_t end = received.find(kHeaderEnd);
    if (end == std::string_view::npos) {
      if (received.size() < base::kHttpProbeReplyBytesMax) return {};
      return Bad("reply header is too long");
    }
    if (status >= 200) return {HttpVerdict::Kind::kGood, {}};
    received.remove_prefix(end + kHeaderEnd.size());
  }
  return Bad("too many interim replies");
}

}  // namespace gregale::executor
