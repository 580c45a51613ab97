#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace gregale::executor {

// An HTTP server of one thread on a loopback address that does to each connection what the test
// says. Destroying stops it.
class TinyHttpServer {
 public:
  enum class Manner {
    kReply,           // sends the reply and closes
    kDribble,         // sends it byte by byte
    kHang,            // accepts and reads, and never replies
    kHangAfterReply,  // replies and keeps the connection
    kReset,           // resets the connection at once
    kClose,           // closes the connection at once
    kFlood,           // sends a header that never ends
  };
  // `address` is "127.0.0.1" or "::1".
  TinyHttpServer(const std::string& address, Manner manner, std::string reply);
  ~TinyHttpServer();

  uint16_t port() const { return port_; }
  int connections() const { return connections_; }
  // The first bytes of the last request.
  std::string request() const;

 private:
  void Serve();
  void Treat(base::UniqueFd connection);

  const Manner manner_;
  const std::string reply_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;  // readable when the thread shall end
  uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  struct Shared;
  std::unique_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace gregale::executor
