#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "base/unique_fd.h"
#include "executor/ip_address.h"

namespace gregale::executor {

// We have run out of something for now (descriptors, buffers, ports); it is not the target's fault.
bool IsShortage(int error);

// Begins TCP connections to targets. With source addresses, they leave from these in turn (those of
// the target's family; none: the kernel's choice): each has ports of its own, so that with n of
// them n times as many connections fit to one port of one target. A port is chosen only when
// connecting, so that connections to different targets share ports. Closing resets (SO_LINGER 0):
// no port is kept in TIME_WAIT. On the loop's thread.
class Dialer {
 public:
  explicit Dialer(std::vector<IpAddress> sources = {}) : sources_(std::move(sources)) {}

  // Whether they are this machine's; the error names one that is not.
  static absl::Status CheckSources(const std::vector<IpAddress>& sources);

  struct Dialed {
    base::UniqueFd fd;  // is connecting, or connected
    int error = 0;      // errno; EADDRNOTAVAIL: no source has a free port
  };
  Dialed Dial(const IpAddress& address, uint16_t port);

 private:
  const std::vector<IpAddress> sources_;
  size_t next_ = 0;
};

}  // namespace gregale::executor
