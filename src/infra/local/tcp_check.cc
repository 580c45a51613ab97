#include "infra/local/tcp_check.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace gregale::infra {
namespace {

// Connections under way at a time.
constexpr size_t kBatchMax = 64;

// A socket on its way to the address; none where it is refused or unreachable at once.
base::UniqueFd BeginConnect(const IpAddress& address, uint16_t port) {
  base::UniqueFd fd(socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // Closed with a reset: leaves nothing in TIME_WAIT.
  const linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  sockaddr_in to4 = {};
  to4.sin_family = AF_INET;
  to4.sin_port = htons(port);
  sockaddr_in6 to6 = {};
  to6.sin6_family = AF_INET6;
  to6.sin6_port = htons(port);
  int connected;
  if (address.is_v4()) {
    std::memcpy(&to4.sin_addr, address.bytes.data(), sizeof(to4.sin_addr));
    connected = connect(fd.get(), reinterpret_cast<const sockaddr*>(&to4), sizeof(to4));
  } else {
    std::memcpy(&to6.sin6_addr, address.bytes.data(), sizeof(to6.sin6_addr));
    connected = connect(fd.get(), reinterpret_cast<const sockaddr*>(&to6), sizeof(to6));
  }
  if (connected != 0 && errno != EINPROGRESS) fd.Reset();
  return fd;
}

bool AwaitConnect(const base::UniqueFd& fd, absl::Duration timeout) {
  pollfd wait = {.fd = fd.get(), .events = POLLOUT, .revents = 0};
  if (poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) <= 0) return false;
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

}  // namespace

bool AllAcceptTcp(const std::vector<IpAddress>& addresses, uint16_t port, absl::Duration timeout) {
  for (size_t begin = 0; begin < addresses.size(); begin += kBatchMax) {
    std::vector<base::UniqueFd> connecting;
    for (size_t i = begin; i < std::min(begin + kBatchMax, addresses.size()); ++i) {
      connecting.push_back(BeginConnect(addresses[i], port));
    }
    for (const base::UniqueFd& fd : connecting) {
      if (!fd.valid() || !AwaitConnect(fd, timeout)) return false;
    }
  }
  return true;
}

}  // namespace gregale::infra
