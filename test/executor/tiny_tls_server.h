#pragma once

#include <memory>
#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace gregale::executor {

// An HTTPS server of one thread on 127.0.0.1 with a self-signed certificate for `name`, which gives
// every connection the same reply and closes. Destroying stops it.
class TinyTlsServer {
 public:
  TinyTlsServer(const std::string& name, std::string reply);
  ~TinyTlsServer();

  uint16_t port() const { return port_; }
  // In PEM.
  const std::string& certificate() const { return certificate_; }

 private:
  struct Identity;
  void Serve();
  void Treat(const base::UniqueFd& connection);

  const std::string reply_;
  std::unique_ptr<Identity> identity_;
  std::string certificate_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;  // readable when the thread shall end
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace gregale::executor
