#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/epoll_loop.h"
#include "base/random.h"
#include "executor/icmp_socket.h"
#include "executor/prober.h"

namespace gregale::executor {

// Pings: one socket per address family for all targets. Nothing is kept per probe: a reply carries
// who asked. Probes of one round of the loop are sent in batches at its end, and replies are read
// in between, so that no number of probes at once can overflow the socket. On the loop's thread.
//
// A send that the system refuses (EPERM: a local firewall; EINVAL, ENETUNREACH: no route) is a
// failed probe with that reason; one that finds no buffer is repeated for a moment and then counts
// for nothing.
class IcmpProber final : public Prober {
 public:
  // Everything outlives the prober. Without permission for ICMP it works and reports every probe as
  // unsent; see status().
  IcmpProber(base::EventLoop& loop, base::Random& random, ProbeListener& listener);

  void Probe(const ProbeRequest& request) override;
  void Poll() override;

  // Why pings to IPv4 (IPv6) addresses cannot be sent; OK if they can.
  const absl::Status& status(bool v6) const { return v6 ? v6_.status : v4_.status; }

 private:
  struct Queued {
    IcmpSocket::Outgoing probe;
    base::MonoTime latest;  // sent after this it does not count
  };
  // What belongs to one address family.
  struct Family {
    Family(base::EventLoop& loop, IcmpProber& prober);
    absl::Status status;
    std::unique_ptr<IcmpSocket> socket;
    base::FdWatch watch;
    std::vector<Queued> queue;  // what is before `head` has been dealt with
    size_t head = 0;
  };

  void Open(Family& family, bool v6, uint64_t cookie);
  void FlushAll();
  void Flush(Family& family);
  // Takes unwanted probes from the head of the queue and puts the next ones into batch_.
  bool FillBatch(Family& family);
  // The first probes of the queue were sent, since `begin`.
  void OnSent(Family& family, size_t count, base::MonoTime begin);
  // The first probe of the queue could not be sent. false: nothing more can be sent for now.
  bool OnSendError(Family& family, int error);
  void Receive(Family& family);
  void ReadComplaints(Family& family);
  base::EventLoop& loop_;
  ProbeListener& listener_;
  Family v4_;
  Family v6_;
  base::Alarm flush_;  // set while something is queued
  std::vector<IcmpSocket::Outgoing> batch_;
  std::array<IcmpSocket::Incoming, IcmpSocket::kBatch> incoming_;
  std::optional<ProbeId> refused_;  // the probe whose send was refused once
};

}  // namespace gregale::executor
