#include "cli/readiness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace gregale::cli {
namespace {

absl::StatusOr<sockaddr_in> ParseAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  sockaddr_in parsed = {};
  parsed.sin_family = AF_INET;
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port > 65535 || inet_pton(AF_INET, address.substr(0, colon).c_str(), &parsed.sin_addr) != 1) {
    return absl::InvalidArgumentError(base::Cat(address, " is no IPv4 address and port"));
  }
  parsed.sin_port = htons(static_cast<uint16_t>(port));
  return parsed;
}

}  // namespace

absl::Status CheckHttpReady(const std::string& address, absl::Duration timeout) {
  GREGALE_ASSIGN_OR_RETURN(const sockaddr_in peer, ParseAddress(address));
  const base::UniqueFd socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // On a socket, the send timeout bounds connect, too.
  const timeval bound = absl::ToTimeval(timeout);
  setsockopt(socket_fd.get(), SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
  setsockopt(socket_fd.get(), SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
  if (connect(socket_fd.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
    return absl::ErrnoToStatus(errno, address);
  }
  const std::string request =
      base::Cat("GET /readyz HTTP/1.1\r\nHost: ", address, "\r\nConnection: close\r\n\r\n");
  if (send(socket_fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return absl::UnavailableError(base::Cat(address, " does not read"));
  }
  constexpr std::string_view kReady = "HTTP/1.1 200";
  char answer[kReady.size()];
  const ssize_t got = recv(socket_fd.get(), answer, sizeof answer, MSG_WAITALL);
  if (got <= 0) return absl::UnavailableError(base::Cat(address, " does not answer"));
  if (std::string_view(answer, static_cast<size_t>(got)) != kReady) {
    return absl::UnavailableError(base::Cat(address, " is not ready"));
  }
  return absl::OkStatus();
}

absl::Status CheckPortFree(uint16_t port) {
  const base::UniqueFd socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // As servers do it, so that connections that linger after an earlier run do not matter.
  const int on = 1;
  setsockopt(socket_fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(socket_fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      listen(socket_fd.get(), 1) == 0) {
    return absl::OkStatus();
  }
  return absl::AlreadyExistsError(base::Cat("port ", port, " is in use"));
}

}  // namespace gregale::cli
