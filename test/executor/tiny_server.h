#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace gregale::executor {

// A server of one connection at a time on 127.0.0.1 whose conversation is a function of the test's.
// Destroying it shuts the connection down and waits for the thread.
class TinyServer {
 public:
  // `converse` has the connected socket, which is closed after it.
  explicit TinyServer(std::function<void(int connection)> converse);
  ~TinyServer();

  uint16_t port() const { return port_; }

 private:
  void Serve();

  const std::function<void(int)> converse_;
  base::UniqueFd listener_;
  uint16_t port_ = 0;
  std::mutex mutex_;
  int connection_ = -1;
  bool stopping_ = false;
  std::thread thread_;
};

// A mail server that takes everything.
class TinyMailServer {
 public:
  uint16_t port() const { return server_.port(); }
  // The lines of the client, commands and mail.
  std::vector<std::string> lines() const;

 private:
  void Converse(int connection);
  void Say(int connection, const std::string& line);

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  TinyServer server_{[this](int connection) { Converse(connection); }};
};

}  // namespace gregale::executor
