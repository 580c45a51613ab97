#include "executor/tiny_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace gregale::executor {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

TinyServer::TinyServer(std::function<void(int)> converse)
    : converse_(std::move(converse)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof where;
  Require(bind(listener_.get(), reinterpret_cast<sockaddr*>(&where), length) == 0);
  Require(listen(listener_.get(), 16) == 0);
  Require(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&where), &length) == 0);
  port_ = ntohs(where.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

TinyServer::~TinyServer() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    shutdown(listener_.get(), SHUT_RDWR);  // ends accept
    if (connection_ >= 0) shutdown(connection_, SHUT_RDWR);
  }
  thread_.join();
}

void TinyServer::Serve() {
  while (true) {
    const base::UniqueFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_ || !connection.valid()) return;
      connection_ = connection.get();
    }
    converse_(connection.get());
    const std::lock_guard<std::mutex> lock(mutex_);
    connection_ = -1;
  }
}

std::vector<std::string> TinyMailServer::lines() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return lines_;
}

void TinyMailServer::Say(int connection, const std::string& line) {
  const std::string text = line + "\r\n";
  send(connection, text.data(), text.size(), MSG_NOSIGNAL);
}

void TinyMailServer::Converse(int connection) {
  Say(connection, "220 tiny");
  std::string received;
  bool in_mail = false;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t bytes = recv(connection, buffer.data(), buffer.size(), 0);
    if (bytes <= 0) return;
    received.append(buffer.data(), static_cast<size_t>(bytes));
    for (size_t end = 0; (end = received.find("\r\n")) != std::string::npos;) {
      const std::string line = received.substr(0, end);
      received.erase(0, end + 2);
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        lines_.push_back(line);
      }
      if (in_mail && line != ".") continue;
      in_mail = line == "DATA";
      Say(connection, in_mail ? "354 go on" : line == "QUIT" ? "221 bye" : "250 tiny");
    }
  }
}

}  // namespace gregale::executor
