// Something for HTTP probes to ask: answers every request on any path with 204, on one thread.
//
// Usage: web_target PORT. Runs until it is terminated.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";

int Listen(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, 65'535) != 0) {
    std::perror("web_target");
    std::exit(2);
  }
  return fd;
}

// Whole requests come in one piece from probes: what is read is answered once.
void Answer(int fd) {
  std::array<char, 4096> request;
  const ssize_t got = recv(fd, request.data(), request.size(), 0);
  if (got <= 0 || send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) close(fd);
}

void Accept(int epoll, int listener) {
  for (int fd; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) close(fd);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = Listen(argc > 1 ? std::atoi(argv[1]) : 0);
  const int epoll = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      fd == listener ? Accept(epoll, listener) : Answer(fd);
    }
  }
}
