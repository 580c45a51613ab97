#include "support/cutting_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace gregale::store {

namespace {

constexpr int kAnswerMillisMax = 10'000;

base::UniqueFd ConnectTo(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  base::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    fd.Reset();
  }
  return fd;
}

// "" at the end.
std::string ReadSome(int fd) {
  char buffer[65536];
  const ssize_t count = read(fd, buffer, sizeof(buffer));
  return count > 0 ? std::string(buffer, static_cast<size_t>(count)) : std::string();
}

void WriteAll(int fd, const std::string& text) { send(fd, text.data(), text.size(), MSG_NOSIGNAL); }

bool WaitToRead(int fd) {
  pollfd waited = {.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&waited, 1, kAnswerMillisMax) > 0;
}

}  // namespace

CuttingProxy::CuttingProxy(std::string socket)
    : socket_(std::move(socket)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener_.get(), 16) == 0);
  REQUIRE(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

CuttingProxy::~CuttingProxy() {
  const uint64_t one = 1;
  CHECK(write(stop_.get(), &one, sizeof(one)) == sizeof(one));
  acceptor_.join();
  for (std::thread& forwarder : forwarders_) forwarder.join();
}

void CuttingProxy::CutNextCommit(Cut cut) {
  base::MutexLock lock(mutex_);
  cut_ = cut;
}

bool CuttingProxy::WasCut() {
  base::MutexLock lock(mutex_);
  return cut_ == Cut::kNone;
}

std::string CuttingProxy::Deliver() {
  base::MutexLock lock(mutex_);
  WriteAll(held_server_.get(), held_message_);
  const std::string answer = WaitToRead(held_server_.get()) ? ReadSome(held_server_.get()) : "";
  held_server_.Reset();
  return answer;
}

void CuttingProxy::Accept() {
  while (true) {
    pollfd waited[] = {{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                       {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
    poll(waited, 2, -1);
    if (waited[1].revents != 0) return;
    auto connection = std::make_unique<Connection>();
    connection->client.Reset(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    connection->server = ConnectTo(socket_);
    if (!connection->server.valid()) continue;
    forwarders_.emplace_back([this, connection = std::move(connection)] { Forward(*connection); });
  }
}

void CuttingProxy::Forward(Connection& connection) {
  while (true) {
    pollfd waited[] = {{.fd = connection.client.get(), .events = POLLIN, .revents = 0},
                       {.fd = connection.server.get(), .events = POLLIN, .revents = 0},
                       {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
    poll(waited, 3, -1);
    if (waited[2].revents != 0) return;
    if (waited[0].revents != 0) {
      const std::string message = ReadSome(connection.client.get());
      if (message.empty() || !PassOn(connection, message)) return;
    }
    if (waited[1].revents != 0) {
      const std::string message = ReadSome(connection.server.get());
      if (message.empty()) return;
      WriteAll(connection.client.get(), message);
    }
  }
}

bool CuttingProxy::PassOn(Connection& connection, const std::string& message) {
  base::MutexLock lock(mutex_);
  const bool commits = base::Contains(message, "commit_mark") && base::Contains(message, "COMMIT");
  if (!commits || cut_ == Cut::kNone) {
    WriteAll(connection.server.get(), message);
    return true;
  }
  switch (std::exchange(cut_, Cut::kNone)) {
    case Cut::kAfter:
      WriteAll(connection.server.get(), message);
      WaitToRead(connection.server.get());
      break;
    case Cut::kHoldBack:
      held_message_ = message;
      held_server_ = std::move(connection.server);
      break;
    default:
      break;
  }
  connection.client.Reset();
  connection.server.Reset();
  return false;
}

}  // namespace gregale::store
