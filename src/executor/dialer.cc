#include "executor/dialer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/text.h"

namespace gregale::executor {
namespace {

void SetOption(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof value);
}

int Bind(int fd, const IpAddress& source) {
  SetOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  sockaddr_storage address;
  const socklen_t length = source.ToSockaddr(0, &address);
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0 ? 0 : errno;
}

Dialer::Dialed Open(int family) {
  base::UniqueFd fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return {.fd = {}, .error = errno};
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  SetOption(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  return {.fd = std::move(fd)};
}

Dialer::Dialed Connect(const sockaddr_storage& to, socklen_t length, const IpAddress* source) {
  Dialer::Dialed dialed = Open(to.ss_family);
  if (dialed.error == 0 && source != nullptr) dialed.error = Bind(dialed.fd.get(), *source);
  if (dialed.error == 0 &&
      connect(dialed.fd.get(), reinterpret_cast<const sockaddr*>(&to), length) != 0 &&
      errno != EINPROGRESS) {
    dialed.error = errno;
  }
  return dialed;
}

}  // namespace

bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == EADDRNOTAVAIL || error == EAGAIN;
}

absl::Status Dialer::CheckSources(const std::vector<IpAddress>& sources) {
  for (const IpAddress& source : sources) {
    Dialed opened = Open(source.is_v6() ? AF_INET6 : AF_INET);
    if (opened.error == 0) opened.error = Bind(opened.fd.get(), source);
    if (opened.error == 0) continue;
    return absl::ErrnoToStatus(opened.error, base::Cat("cannot connect from ", source.ToText()));
  }
  return absl::OkStatus();
}

Dialer::Dialed Dialer::Dial(const IpAddress& address, uint16_t port) {
  sockaddr_storage to;
  const socklen_t length = address.ToSockaddr(port, &to);
  bool tried = false;
  Dialed dialed;
  for (size_t i = 0; i < sources_.size(); ++i) {
    const IpAddress& source = sources_[next_++ % sources_.size()];
    if (source.is_v6() != address.is_v6()) continue;
    tried = true;
    dialed = Connect(to, length, &source);
    if (dialed.error != EADDRNOTAVAIL) return dialed;
  }
  return tried ? std::move(dialed) : Connect(to, length, nullptr);
}

}  // namespace gregale::executor
