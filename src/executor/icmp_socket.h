#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "executor/ip_address.h"
#include "executor/prober.h"

namespace gregale::executor {

// One ICMP echo packet, as it is sent and comes back. `cookie` and the ProbeId are the payload.
struct EchoPacket {
  uint8_t type = 0;
  uint8_t code = 0;
  uint16_t checksum = 0;
  uint16_t id = 0;
  uint16_t short_sequence = 0;
  uint64_t cookie = 0;
  uint32_t slot = 0;
  uint32_t generation = 0;
  uint32_t sequence = 0;
  uint32_t reserved = 0;
};
static_assert(sizeof(EchoPacket) == 32);

// A non-blocking ICMP socket for one address family: unprivileged (SOCK_DGRAM) where the system
// allows it, else raw, with a filter in the kernel so that only replies to our own echoes are read.
// Sends and receives in batches, with buffers that are made once.
class IcmpSocket {
 public:
  static constexpr size_t kBatch = 64;

  // `cookie` tells our packets from all others. An error says why ICMP cannot be used here.
  static absl::StatusOr<std::unique_ptr<IcmpSocket>> Open(bool v6, uint64_t cookie);

  struct Outgoing {
    ProbeId id;
    IpAddress address;
  };
  // Sends the first packets of `probes`, at most kBatch; returns how many, or minus the errno of
  // the first one.
  int Send(std::span<const Outgoing> probes);

  struct Incoming {
    ProbeId id;
    IpAddress from;
    absl::Time stamped;  // by the kernel's wall clock, when it arrived
  };
  // Reads at most kBatch packets; returns how many there were. Those that are ours are put in
  // `out`, whose first `*ours` are valid.
  size_t Receive(std::span<Incoming, kBatch> out, size_t* ours);

  struct Complaint {
    ProbeId id;
    std::string reason;
  };
  // The next complaint of the network that is about a packet of ours; false: no more. Reads at most
  // kBatch complaints of others.
  bool NextComplaint(Complaint* out);

  int fd() const { return fd_.get(); }

 private:
  IcmpSocket(bool v6, bool raw, uint64_t cookie, base::UniqueFd fd);
  absl::Status Configure();
  EchoPacket MakePacket(const ProbeId& id) const;
  bool Parse(size_t index, Incoming* out) const;
  bool IsOurs(const EchoPacket& packet, uint8_t type) const;

  static constexpr size_t kReceiveBytes = 128;  // an IPv4 header with options, and an EchoPacket
  static constexpr size_t kControlBytes = 64;   // a time stamp

  const bool v6_;
  const bool raw_;
  const uint64_t cookie_;
  const uint16_t id_;  // of the echoes; the kernel gives another where the socket is not raw
  base::UniqueFd fd_;

  std::array<EchoPacket, kBatch> out_packets_;
  std::array<sockaddr_storage, kBatch> addresses_;
  std::array<std::array<char, kReceiveBytes>, kBatch> in_packets_;
  alignas(8) std::array<std::array<char, kControlBytes>, kBatch> in_control_;
  std::array<iovec, kBatch> parts_;
  std::array<mmsghdr, kBatch> messages_;
};

}  // namespace gregale::executor
