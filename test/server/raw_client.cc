#include "raw_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "base/text.h"

namespace gregale::server {
namespace {

constexpr absl::Duration kSendTimeout = absl::Seconds(10);

bool WaitFor(int fd, short event, absl::Time deadline) {
  pollfd waiting = {fd, event, 0};
  const int64_t left_ms = absl::ToInt64Milliseconds(deadline - absl::Now());
  return left_ms > 0 && poll(&waiting, 1, static_cast<int>(left_ms)) > 0;
}

}  // namespace

RawClient::RawClient() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}

RawClient::RawClient(int port) : RawClient() { REQUIRE(Connect(port)); }

bool RawClient::Reaches(int port) { return RawClient().Connect(port); }

bool RawClient::Connect(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

size_t RawClient::Send(std::string_view bytes) {
  const absl::Time deadline = absl::Now() + kSendTimeout;
  size_t sent = 0;
  while (sent < bytes.size() && WaitFor(fd_.get(), POLLOUT, deadline)) {
    const ssize_t count =
        send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count <= 0) break;
    sent += static_cast<size_t>(count);
  }
  return sent;
}

bool RawClient::Readable(absl::Duration timeout) {
  return WaitFor(fd_.get(), POLLIN, absl::Now() + timeout);
}

bool RawClient::Fill(absl::Time deadline) {
  if (!WaitFor(fd_.get(), POLLIN, deadline)) return false;
  std::array<char, 4096> bytes;
  const ssize_t count = recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  received_.append(bytes.data(), static_cast<size_t>(count));
  return true;
}

std::string RawClient::ReadToEnd(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (Fill(deadline)) {
  }
  return std::move(received_);
}

std::string RawClient::ReadAnswer(absl::Duration timeout) {
  static constexpr std::string_view kLength = "Content-Length: ";
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    const size_t head_end = received_.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      size_t length = 0;
      const size_t at = received_.find(kLength);
      if (at < head_end) {
        const size_t from = at + kLength.size();
        const std::string digits = received_.substr(from, received_.find('\r', from) - from);
        REQUIRE(absl::SimpleAtoi(digits, &length));
      }
      const size_t size = head_end + 4 + length;
      if (received_.size() >= size) {
        std::string answer = received_.substr(0, size);
        received_.erase(0, size);
        return answer;
      }
    }
    if (!Fill(deadline)) return std::move(received_);
  }
}

int StatusOf(std::string_view answer) {
  int status = 0;
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
  return absl::SimpleAtoi(base::ToAbsl(answer.substr(9, 3)), &status) ? status : 0;
}

std::string_view BodyOf(std::string_view answer) {
  const size_t head_end = answer.find("\r\n\r\n");
  return head_end == std::string_view::npos ? "" : answer.substr(head_end + 4);
}

std::string Exchange(int port, std::string_view request) {
  RawClient client(port);
  client.Send(request);
  return client.ReadAnswer();
}

std::string PostRequest(std::string_view target, std::string_view body) {
  return base::Cat("POST ", target,
                   " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n",
                   "Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace gregale::server
