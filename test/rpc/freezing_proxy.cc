#include "rpc/freezing_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>
#include <vector>

namespace gregale::rpc {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

base::UniqueFd NewSocket() {
  return base::UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

}  // namespace

FreezingProxy::FreezingProxy(int target_port) : target_port_(target_port), listener_(NewSocket()) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_.get(), generic, size) != 0 || listen(listener_.get(), 16) != 0 ||
      getsockname(listener_.get(), generic, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Forward(); });
}

FreezingProxy::~FreezingProxy() {
  stop_ = true;
  thread_.join();
}

void FreezingProxy::Forward() {
  constexpr int kPollMilliseconds = 5;
  while (!stop_) {
    std::vector<pollfd> fds = {{listener_.get(), POLLIN, 0}};
    for (const Link& link : links_) {
      fds.push_back({link.client.get(), POLLIN, 0});
      fds.push_back({link.server.get(), POLLIN, 0});
    }
    // While frozen, only the listener is looked at, and nothing is accepted.
    const bool frozen = frozen_;
    poll(fds.data(), frozen ? 0 : fds.size(), kPollMilliseconds);
    if (frozen) continue;
    size_t i = 1;
    for (auto link = links_.begin(); link != links_.end(); i += 2) {
      const bool open = (fds[i].revents == 0 || Pump(link->client.get(), link->server.get())) &&
                        (fds[i + 1].revents == 0 || Pump(link->server.get(), link->client.get()));
      link = open ? std::next(link) : links_.erase(link);
    }
    if (fds[0].revents != 0) Accept();
  }
}

void FreezingProxy::Accept() {
  Link link{base::UniqueFd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)), NewSocket()};
  const sockaddr_in address = Loopback(target_port_);
  if (!link.client.valid() ||
      connect(link.server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0) {
    return;
  }
  links_.push_back(std::move(link));
}

// Forwards what is there; false where one end has closed.
bool FreezingProxy::Pump(int from, int to) {
  char bytes[64 << 10];
  const ssize_t got = read(from, bytes, sizeof bytes);
  if (got <= 0) return false;
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t now = send(to, bytes + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += now;
  }
  return true;
}

}  // namespace gregale::rpc
