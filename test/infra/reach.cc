#include "infra/reach.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace gregale::infra {
namespace {

struct Target {
  sockaddr_storage storage = {};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  bool is_v4() const { return storage.ss_family == AF_INET; }
};

Target ParseTarget(const std::string& address, uint16_t port) {
  Target target;
  auto* to4 = reinterpret_cast<sockaddr_in*>(&target.storage);
  auto* to6 = reinterpret_cast<sockaddr_in6*>(&target.storage);
  if (inet_pton(AF_INET, address.c_str(), &to4->sin_addr) == 1) {
    to4->sin_family = AF_INET;
    to4->sin_port = htons(port);
    target.size = sizeof(*to4);
  } else if (inet_pton(AF_INET6, address.c_str(), &to6->sin6_addr) == 1) {
    to6->sin6_family = AF_INET6;
    to6->sin6_port = htons(port);
    target.size = sizeof(*to6);
  }
  return target;
}

bool Await(const base::UniqueFd& fd, short events) {
  pollfd wait = {.fd = fd.get(), .events = events, .revents = 0};
  return poll(&wait, 1, kPatienceMillis) > 0;
}

uint16_t Checksum(const std::string& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    uint16_t word;
    std::memcpy(&word, bytes.data() + i, sizeof(word));
    sum += word;
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// An echo request: type, code, checksum, id, sequence number.
std::string EchoRequest(bool is_v4) {
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(is_v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
  bytes[5] = 42;
  const uint16_t checksum = Checksum(bytes);
  if (is_v4) std::memcpy(bytes.data() + 2, &checksum, sizeof(checksum));
  return bytes;
}

// A connected socket, or errno in `error`.
base::UniqueFd Connect(const std::string& address, uint16_t port, int& error) {
  const Target target = ParseTarget(address, port);
  base::UniqueFd fd(
      socket(target.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  error = 0;
  if (connect(fd.get(), target.get(), target.size) == 0) return fd;
  error = errno;
  if (error != EINPROGRESS) return fd;
  if (!Await(fd, POLLOUT)) {
    error = ETIMEDOUT;
    return fd;
  }
  socklen_t size = sizeof(error);
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return fd;
}

}  // namespace

bool Pings(const std::string& address) {
  const Target target = ParseTarget(address, 0);
  const bool v4 = target.is_v4();
  const base::UniqueFd fd(socket(target.storage.ss_family, SOCK_RAW | SOCK_CLOEXEC,
                                 v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}));
  if (connect(fd.get(), target.get(), target.size) != 0) return false;
  const std::string request = EchoRequest(v4);
  if (send(fd.get(), request.data(), request.size(), 0) < 0) return false;
  const int reply_type = v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
  for (int packets = 0; packets < 10 && Await(fd, POLLIN); ++packets) {
    std::array<unsigned char, 1500> packet;
    const ssize_t size = recv(fd.get(), packet.data(), packet.size(), 0);
    const size_t icmp = v4 ? (packet[0] & 0x0fu) * 4 : 0;
    if (size > static_cast<ssize_t>(icmp) && packet[icmp] == reply_type) return true;
  }
  return false;
}

int Connects(const std::string& address, uint16_t port) {
  int error = 0;
  Connect(address, port, error);
  return error;
}

std::string HttpGet(const std::string& address, uint16_t port) {
  int error = 0;
  const base::UniqueFd fd = Connect(address, port, error);
  if (error != 0) return "";
  const std::string request = "GET / HTTP/1.1\r\nHost: vdu\r\n\r\n";
  send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
  std::string reply;
  std::array<char, 4096> part;
  while (reply.size() < 65536 && Await(fd, POLLIN)) {
    const ssize_t size = recv(fd.get(), part.data(), part.size(), 0);
    if (size <= 0) break;
    reply.append(part.data(), static_cast<size_t>(size));
  }
  return reply;
}

}  // namespace gregale::infra
