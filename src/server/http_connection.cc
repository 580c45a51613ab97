#include "server/http_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/http_text.h"

namespace gregale::server {
namespace {

constexpr size_t kReadBytes = 16u << 10;
constexpr size_t kChunkLineBytesMax = 256;
constexpr size_t kTrailerBytesMax = 4096;
// As much of a refused request is read off before its connection is closed.
constexpr size_t kDrainBytesMax = 32u << 20;

absl::Status Gone() { return absl::CancelledError("the peer is gone"); }

absl::Status Bad(std::string_view message) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BadRequest", message);
}

absl::Status TooLarge(std::string_view kind, std::string_view what, size_t bytes_max) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, kind,
                         base::Cat(what, " larger than ", bytes_max, " bytes"));
}

// What the bytes so far already prove, so that garbage is not waited for: a request begins with a
// letter, and its lines end with CRLF.
absl::Status JudgeBeginning(std::string_view bytes) {
  if (bytes.empty()) return absl::OkStatus();
  if (!absl::ascii_isupper(static_cast<unsigned char>(bytes[0]))) {
    return Bad("This is not HTTP");
  }
  const size_t newline = bytes.find('\n');
  const std::string_view first_line = bytes.substr(0, newline);
  if (first_line.size() > base::kHttpTargetBytesMax + 64) {
    return base::MakeError(
        absl::StatusCode::kInvalidArgument, "UriTooLong",
        base::Cat("The request target is longer than ", base::kHttpTargetBytesMax, " bytes"));
  }
  for (size_t at = newline; at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
    if (at == 0 || bytes[at - 1] != '\r') return Bad("A line that does not end with CRLF");
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> ParseChunkSize(std::string_view line) {
  const std::string_view digits = Trimmed(line.substr(0, line.find(';')));
  uint64_t size = 0;
  const bool hexadecimal = std::all_of(digits.begin(), digits.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
  if (digits.empty() || digits.size() > 15 || !hexadecimal ||
      !absl::SimpleHexAtoi(base::ToAbsl(digits), &size)) {
    return Bad("A chunk without a size");
  }
  return static_cast<size_t>(size);
}

}  // namespace

absl::Status HttpConnection::Wait(Event event, base::MonoTime deadline) {
  const short wanted = event == Event::kReadable ? POLLIN : POLLOUT;
  while (true) {
    const absl::Duration left = deadline - clock_.Mono();
    if (left <= absl::ZeroDuration()) return absl::DeadlineExceededError("too slow");
    std::array<pollfd, 2> fds = {{{fd_, wanted, 0}, {stop_fd_, POLLIN, 0}}};
    const int64_t left_ms = absl::ToInt64Milliseconds(left) + 1;
    const int ready = poll(fds.data(), fds.size(), static_cast<int>(left_ms));
    if (ready < 0 && errno != EINTR) return Gone();
    if (ready <= 0) continue;
    if (fds[0].revents != 0) return absl::OkStatus();
    return Gone();
  }
}

absl::Status HttpConnection::Fill(base::MonoTime deadline) {
  while (true) {
    GREGALE_RETURN_IF_ERROR(Wait(Event::kReadable, deadline));
    std::array<char, kReadBytes> bytes;
    const ssize_t count = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count > 0) {
      buffer_.append(bytes.data(), static_cast<size_t>(count));
      return absl::OkStatus();
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return Gone();
  }
}

absl::StatusOr<HttpHead> HttpConnection::ReadHead(base::MonoTime deadline) {
  while (true) {
    const size_t end = buffer_.find("\r\n\r\n");
    const size_t bytes = end == std::string::npos ? buffer_.size() : end;
    GREGALE_RETURN_IF_ERROR(JudgeBeginning(std::string_view(buffer_).substr(0, bytes)));
    if (bytes > base::kHttpHeaderBytesMax) {
      return TooLarge("HeadersTooLarge", "Request headers", base::kHttpHeaderBytesMax);
    }
    if (end != std::string::npos) {
      absl::StatusOr<HttpHead> head = ParseHttpHead(std::string_view(buffer_).substr(0, end + 2));
      buffer_.erase(0, end + 4);
      return head;
    }
    GREGALE_RETURN_IF_ERROR(Fill(deadline));
  }
}

absl::StatusOr<std::string> HttpConnection::ReadLine(size_t bytes_max, base::MonoTime deadline) {
  while (true) {
    const size_t end = buffer_.find("\r\n");
    if (end != std::string::npos && end <= bytes_max) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      return line;
    }
    if (buffer_.size() > bytes_max) return Bad("A chunk header that does not end");
    GREGALE_RETURN_IF_ERROR(Fill(deadline));
  }
}

absl::Status HttpConnection::ReadBytes(size_t count, base::MonoTime deadline, std::string& out) {
  while (true) {
    const size_t taken = std::min(count, buffer_.size());
    out.append(buffer_, 0, taken);
    buffer_.erase(0, taken);
    count -= taken;
    if (count == 0) return absl::OkStatus();
    GREGALE_RETURN_IF_ERROR(Fill(deadline));
  }
}

absl::Status HttpConnection::ReadChunks(base::MonoTime deadline, std::string& out) {
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const std::string line, ReadLine(kChunkLineBytesMax, deadline));
    GREGALE_ASSIGN_OR_RETURN(const size_t size, ParseChunkSize(line));
    if (size > base::kHttpBodyBytesMax - out.size()) {
      return TooLarge("BodyTooLarge", "A request body", base::kHttpBodyBytesMax);
    }
    if (size == 0) break;
    GREGALE_RETURN_IF_ERROR(ReadBytes(size, deadline, out));
    GREGALE_ASSIGN_OR_RETURN(const std::string rest, ReadLine(kChunkLineBytesMax, deadline));
    if (!rest.empty()) return Bad("A chunk that is longer than it says");
  }
  size_t trailer_bytes = 0;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const std::string line, ReadLine(kTrailerBytesMax, deadline));
    if (line.empty()) return absl::OkStatus();
    trailer_bytes += line.size();
    if (trailer_bytes > kTrailerBytesMax) {
      return TooLarge("HeadersTooLarge", "Request trailers", kTrailerBytesMax);
    }
  }
}

absl::StatusOr<HttpConnection::Incoming> HttpConnection::Read() {
  if (buffer_.empty() && !Fill(clock_.Mono() + patience_.idle).ok()) return Gone();
  const base::MonoTime deadline = clock_.Mono() + patience_.request;
  const auto read = [&]() -> absl::StatusOr<Incoming> {
    Incoming incoming;
    GREGALE_ASSIGN_OR_RETURN(incoming.head, ReadHead(deadline));
    if (incoming.head.expects_continue) {
      GREGALE_RETURN_IF_ERROR(Write("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    GREGALE_RETURN_IF_ERROR(incoming.head.chunked
                                ? ReadChunks(deadline, incoming.body)
                                : ReadBytes(incoming.head.content_length, deadline, incoming.body));
    return incoming;
  };
  absl::StatusOr<Incoming> incoming = read();
  if (absl::IsDeadlineExceeded(incoming.status())) {
    return base::MakeError(
        absl::StatusCode::kDeadlineExceeded, "RequestTimeout",
        base::Cat("The request was not complete within ", absl::FormatDuration(patience_.request)));
  }
  return incoming;
}

absl::Status HttpConnection::Write(std::string_view bytes) {
  const base::MonoTime deadline = clock_.Mono() + patience_.answer;
  while (!bytes.empty()) {
    const ssize_t count = send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN || errno == EINTR) {
      if (!Wait(Event::kWritable, deadline).ok()) return Gone();
    } else {
      return Gone();
    }
  }
  return absl::OkStatus();
}

void HttpConnection::Drain() {
  shutdown(fd_, SHUT_WR);
  const base::MonoTime deadline = clock_.Mono() + patience_.drain;
  size_t drained = 0;
  buffer_.clear();
  while (drained < kDrainBytesMax && Fill(deadline).ok()) {
    drained += buffer_.size();
    buffer_.clear();
  }
}

}  // namespace gregale::server
