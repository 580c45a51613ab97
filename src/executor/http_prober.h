#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/epoll_loop.h"
#include "base/limits.h"
#include "base/unique_fd.h"
#include "executor/prober.h"

namespace gregale::executor {

// HTTP probes: a connection and a request each, until the reply's header is complete. Status 2xx or
// 3xx is good; any other, an error, a hang, a reset or garbage is a failed probe that says so. The
// deadline is for all of it. At most `in_flight_max` at a time; the others wait, the nearest
// deadline first, and count as unsent when that passes. On the loop's thread; destroying closes
// every connection silently.
class HttpProber final : public Prober {
 public:
  // Both outlive the prober.
  HttpProber(base::EventLoop& loop, ProbeListener& listener,
             size_t in_flight_max = base::kHttpProbesInFlightMax);
  ~HttpProber() override;

  void Probe(const ProbeRequest& request) override;
  void Poll() override;

 private:
  struct Waiting {
    ProbeId id;
    IpAddress address;
    uint16_t port;
    base::MonoTime asked;
    std::string request;
  };
  struct Connection;
  // In order of deadlines; the number tells equal ones apart.
  using Key = std::pair<base::MonoTime, uint64_t>;

  void StartWaiting();
  void Start(const Key& key, Waiting waiting);
  void OnReady(Connection& connection);
  // Does what can be done now; true: the probe is over and the listener must hear `*reason` ("":
  // good).
  bool Advance(Connection& connection, std::string* reason);
  bool Send(Connection& connection, std::string* reason);
  bool Read(Connection& connection, std::string* reason);
  // Ends the probe without a verdict.
  void GiveUp(Connection& connection, std::string_view reason);
  // Ends the probe: good if `reason` is "".
  void Conclude(Connection& connection, const std::string& reason, base::MonoTime received);
  void Expire();
  void AtDeadline(Connection& connection);
  void SetAlarms();

  base::EventLoop& loop_;
  ProbeListener& listener_;
  const size_t in_flight_max_;
  std::map<Key, Waiting> waiting_;
  std::map<Key, std::unique_ptr<Connection>> connections_;
  uint64_t next_number_ = 0;
  base::Alarm start_;   // set while something waits and may start
  base::Alarm expiry_;  // at the first deadline
};

}  // namespace gregale::executor
