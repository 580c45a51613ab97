#pragma once

#include <string>

#include "executor/tiny_server.h"

namespace gregale::executor {

// An SSH server for user "root" with password "secret": "exit N" ends with that status, "hang"
// never ends, every other command writes "ran COMMAND".
class TinySshServer {
 public:
  TinySshServer();
  ~TinySshServer();
  std::string host() const { return "127.0.0.1:" + std::to_string(server_.port()); }

 private:
  void Converse(int connection);

  void* key_;  // libssh's host key
  TinyServer server_{[this](int connection) { Converse(connection); }};
};

}  // namespace gregale::executor
