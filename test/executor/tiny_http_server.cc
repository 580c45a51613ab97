#include "executor/tiny_http_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "executor/ip_address.h"

namespace gregale::executor {
namespace {

constexpr int kFloodBytes = 1 << 20;

void Require(bool condition) {
  if (!condition) std::abort();
}

// Waits until the request has begun; false: `stop` came first.
bool AwaitRequest(int connection, int stop) {
  std::array<pollfd, 2> waits = {{{connection, POLLIN, 0}, {stop, POLLIN, 0}}};
  poll(waits.data(), waits.size(), -1);
  return waits[1].revents == 0;
}

void SendAll(int fd, const std::string& text) { send(fd, text.data(), text.size(), MSG_NOSIGNAL); }

}  // namespace

struct TinyHttpServer::Shared {
  std::mutex mutex;
  std::string request;
  std::vector<base::UniqueFd> kept;  // the server thread's only
};

TinyHttpServer::TinyHttpServer(const std::string& address, Manner manner, std::string reply)
    : manner_(manner),
      reply_(std::move(reply)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      shared_(std::make_unique<Shared>()) {
  sockaddr_storage where{};
  socklen_t length = IpAddress::Parse(address)->ToSockaddr(0, &where);
  listener_.Reset(socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Require(bind(listener_.get(), reinterpret_cast<sockaddr*>(&where), length) == 0);
  Require(listen(listener_.get(), 128) == 0);
  length = sizeof where;
  Require(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&where), &length) == 0);
  sockaddr_in v4;
  std::memcpy(&v4, &where, sizeof v4);  // the port is at the same place in both families
  port_ = ntohs(v4.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

TinyHttpServer::~TinyHttpServer() {
  const uint64_t one = 1;
  Require(write(stop_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
}

std::string TinyHttpServer::request() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  return shared_->request;
}

void TinyHttpServer::Serve() {
  while (true) {
    std::array<pollfd, 2> waits = {{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    poll(waits.data(), waits.size(), -1);
    if (waits[1].revents != 0) return;
    base::UniqueFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.valid()) continue;
    ++connections_;
    Treat(std::move(connection));
  }
}

void TinyHttpServer::Treat(base::UniqueFd connection) {
  if (manner_ == Manner::kClose) return;
  if (manner_ == Manner::kReset) {
    const linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return;
  }
  if (manner_ == Manner::kHang) {
    shared_->kept.push_back(std::move(connection));
    return;
  }
  if (!AwaitRequest(connection.get(), stop_.get())) return;
  std::array<char, 4096> buffer;
  const ssize_t bytes = recv(connection.get(), buffer.data(), buffer.size(), 0);
  if (bytes > 0) {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->request.assign(buffer.data(), static_cast<size_t>(bytes));
  }
  if (manner_ == Manner::kFlood) {
    const timeval patience = {.tv_sec = 2, .tv_usec = 0};
    setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    SendAll(connection.get(), "HTTP/1.1 200 OK\r\nX: " + std::string(kFloodBytes, 'x'));
  } else if (manner_ == Manner::kDribble) {
    for (const char c : reply_) SendAll(connection.get(), std::string(1, c));
  } else {
    SendAll(connection.get(), reply_);
  }
  if (manner_ == Manner::kHangAfterReply) shared_->kept.push_back(std::move(connection));
}

}  // namespace gregale::executor
