#include "infra/local/tcp_check.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "base/unique_fd.h"

namespace gregale::infra {
namespace {

// Connections under way at a time.
constexpr size_t kBatchMax = 64;
// How long each try waits for an answer.
constexpr int kPatienceMillis[] = {20, 50, 100, 200};

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

enum class Answer { kAccepted, kRefused, kNone };

Answer AwaitAnswer(const base::UniqueFd& fd, int millis_max) {
  if (!fd.valid()) return Answer::kRefused;
  pollfd wait = {.fd = fd.get(), .events = POLLOUT, .revents = 0};
  if (poll(&wait, 1, millis_max) <= 0) return Answer::kNone;
  int error = 0;
  socklen_t size = sizeof(error);
  const bool known = getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0;
  return known && error == 0 ? Answer::kAccepted : Answer::kRefused;
}

// Tries all addresses at once, and leaves in `addresses` those that did not answer; those that
// refused go to `refusing`.
void TryOnce(std::vector<IpAddress>& addresses, uint16_t port, int millis_max,
             std::vector<IpAddress>& refusing) {
  std::vector<base::UniqueFd> connecting;
  for (const IpAddress& address : addresses) connecting.push_back(BeginConnect(address, port));
  std::vector<IpAddress> silent;
  for (size_t i = 0; i < addresses.size(); ++i) {
    // All have been on their way for as long as the first silent one was waited for.
    const Answer answer = AwaitAnswer(connecting[i], silent.empty() ? millis_max : 0);
    if (answer == Answer::kRefused) refusing.push_back(addresses[i]);
    if (answer == Answer::kNone) silent.push_back(addresses[i]);
  }
  addresses = std::move(silent);
}

}  // namespace

std::vector<IpAddress> NotAcceptingTcp(const std::vector<IpAddress>& addresses, uint16_t port) {
  std::vector<IpAddress> not_accepting;
  for (size_t begin = 0; begin < addresses.size(); begin += kBatchMax) {
    const size_t end = std::min(begin + kBatchMax, addresses.size());
    std::vector<IpAddress> left(addresses.begin() + static_cast<std::ptrdiff_t>(begin),
                                addresses.begin() + static_cast<std::ptrdiff_t>(end));
    for (const int millis : kPatienceMillis) {
      if (!left.empty()) TryOnce(left, port, millis, not_accepting);
    }
    not_accepting.insert(not_accepting.end(), left.begin(), left.end());
  }
  return not_accepting;
}

}  // namespace gregale::infra
