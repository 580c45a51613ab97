#pragma once

#include <sys/types.h>

#include <atomic>
#include <list>
#include <thread>

#include "base/unique_fd.h"

namespace gregale::rpc {

// A TCP proxy on 127.0.0.1 in front of a port of this machine, which can stop forwarding without
// closing anything: to both ends the other one has vanished.
class FreezingProxy {
 public:
  explicit FreezingProxy(int target_port);
  ~FreezingProxy();
  FreezingProxy(const FreezingProxy&) = delete;
  FreezingProxy& operator=(const FreezingProxy&) = delete;

  int port() const { return port_; }
  void Freeze() { frozen_ = true; }

 private:
  struct Link {
    base::UniqueFd client;
    base::UniqueFd server;
  };

  void Forward();
  void Accept();
  static bool Pump(int from, int to);

  const int target_port_;
  int port_ = 0;
  base::UniqueFd listener_;
  std::list<Link> links_;
  std::atomic<bool> frozen_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace gregale::rpc
