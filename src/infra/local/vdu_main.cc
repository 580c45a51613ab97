// gregale-vdu BODY PORT...: the program inside of a VDU of the local VIM. Answers every HTTP
// request on the ports, in both address families, with BODY (JSON), one request per connection.
//
// It goes on in the background as soon as it listens; the exit status in the foreground is 0, or
// the errno value of what failed. Its standard input, which may be somebody's lock, it lets go when
// both is done: from then on its process stays the same. It runs a thousand times on a machine, so
// it uses no library of ours, drops all privileges, and is bounded in everything: connections, the
// size of a request, and the time a client may take.

#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

constexpr size_t kConnectionsMax = 256;
constexpr size_t kRequestBytesMax = 8192;
constexpr int64_t kRequestMillisMax = 5000;
constexpr int kBacklog = 512;

struct Connection {
  int fd = -1;
  int64_t deadline = 0;
  std::string request;
};

int64_t NowMillis() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

// A listening socket of both families, or of IPv4 alone where the kernel has no IPv6; -1 and errno
// on failure.
int Listen(uint16_t port) {
  sockaddr_in6 any6 = {};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(port);
  sockaddr_in any4 = {};
  any4.sin_family = AF_INET;
  any4.sin_port = htons(port);
  const sockaddr* address = reinterpret_cast<const sockaddr*>(&any6);
  socklen_t size = sizeof(any6);
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address = reinterpret_cast<const sockaddr*>(&any4);
    size = sizeof(any4);
  }
  if (fd < 0) return -1;
  const int on = 1;
  const int off = 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (bind(fd, address, size) != 0 || listen(fd, kBacklog) != 0) return -1;
  return fd;
}

void DropPrivileges() {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  __user_cap_header_struct header = {};
  header.version = _LINUX_CAPABILITY_VERSION_3;
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none = {};
  syscall(SYS_capset, &header, none.data());
}

class Server {
 public:
  Server(std::vector<int> listeners, const std::string& body)
      : listeners_(std::move(listeners)),
        reply_("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body) {}

  [[noreturn]] void Run() {
    for (;;) {
      const size_t accepting = connections_.size() < kConnectionsMax ? listeners_.size() : 0;
      std::vector<pollfd> polled;
      for (size_t i = 0; i < accepting; ++i) polled.push_back({listeners_[i], POLLIN, 0});
      for (const Connection& c : connections_) polled.push_back({c.fd, POLLIN, 0});
      if (poll(polled.data(), polled.size(), MillisToNextDeadline()) < 0 && errno != EINTR) {
        _exit(errno);
      }
      const int64_t now = NowMillis();
      for (size_t i = 0; i < connections_.size(); ++i) {
        Connection& c = connections_[i];
        const bool readable = polled[accepting + i].revents != 0;
        if ((readable && Serve(c)) || now >= c.deadline) Close(c);
      }
      std::erase_if(connections_, [](const Connection& c) { return c.fd < 0; });
      for (size_t i = 0; i < accepting; ++i) {
        if (polled[i].revents != 0) Accept(listeners_[i], now);
      }
    }
  }

 private:
  int MillisToNextDeadline() const {
    if (connections_.empty()) return -1;
    const auto next = std::min_element(
        connections_.begin(), connections_.end(),
        [](const Connection& a, const Connection& b) { return a.deadline < b.deadline; });
    return static_cast<int>(std::max<int64_t>(next->deadline - NowMillis(), 0));
  }

  void Accept(int listener, int64_t now) {
    while (connections_.size() < kConnectionsMax) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      Connection connection{.fd = fd, .deadline = now + kRequestMillisMax, .request = {}};
      if (Serve(connection)) {
        Close(connection);
      } else {
        connections_.push_back(std::move(connection));
      }
    }
  }

  // Reads what is there and answers a complete request. True: done with this connection.
  bool Serve(Connection& connection) const {
    std::array<char, kRequestBytesMax> buffer;
    const ssize_t size = recv(connection.fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) return size == 0 || (errno != EAGAIN && errno != EINTR);
    connection.request.append(buffer.data(), static_cast<size_t>(size));
    if (connection.request.size() > kRequestBytesMax) return true;
    if (connection.request.find("\r\n\r\n") == std::string::npos) return false;
    // The reply is small and the socket's buffer empty: it fits in one go.
    (void)send(connection.fd, reply_.data(), reply_.size(), MSG_NOSIGNAL);
    return true;
  }

  static void Close(Connection& connection) {
    close(connection.fd);
    connection.fd = -1;
  }

  const std::vector<int> listeners_;
  const std::string reply_;
  std::vector<Connection> connections_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return EINVAL;
  std::vector<int> listeners;
  for (int i = 2; i < argc; ++i) {
    const int fd = Listen(static_cast<uint16_t>(std::atoi(argv[i])));
    if (fd < 0) return errno;
    listeners.push_back(fd);
  }
  DropPrivileges();
  const pid_t child = fork();
  if (child != 0) return child > 0 ? 0 : errno;
  close(STDIN_FILENO);
  if (open("/dev/null", O_RDONLY) != STDIN_FILENO || chdir("/") != 0) return errno;
  signal(SIGPIPE, SIG_IGN);
  Server(std::move(listeners), argv[1]).Run();
}
