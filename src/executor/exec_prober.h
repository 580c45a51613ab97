#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/epoll_loop.h"
#include "base/limits.h"
#include "executor/prober.h"

namespace gregale::executor {

// Probes that run a check program, in the manner of Nagios: exit status 0 is good, so is 1
// (warning) unless the policy says otherwise, and 2 is bad, for the reason on the first line of its
// output. 3 and every other end say nothing about the target, nor does a program that is not there.
// At its deadline a program is killed with all that it started, and the probe has failed. At most
// `in_flight_max` at a time; the others wait, the nearest deadline first, and count as unsent when
// that passes. On the loop's thread; destroying kills what runs.
class ExecProber final : public Prober {
 public:
  // The loop and the listener outlive the prober. Only programs in `directory` are run; "": none.
  ExecProber(base::EventLoop& loop, ProbeListener& listener, std::string directory,
             size_t in_flight_max = base::kChecksInFlightMax);
  ~ExecProber() override;

  void Probe(const ProbeRequest& request) override;
  void Poll() override;

 private:
  struct Waiting;
  struct Running;
  // In order of deadlines; the number tells equal ones apart.
  using Key = std::pair<base::MonoTime, uint64_t>;

  void StartWaiting();
  void Start(const Key& key, Waiting waiting);
  // Looks whether it has ended; true: it is over.
  bool Look(const Key& key);
  void Judge(const Running& running, int exit_status, base::MonoTime received);
  void AtDeadline(const Key& key);
  void Expire();
  void SetAlarms();

  base::EventLoop& loop_;
  ProbeListener& listener_;
  const std::string directory_;
  const size_t in_flight_max_;
  std::map<Key, Waiting> waiting_;
  std::map<Key, std::unique_ptr<Running>> running_;  // also killed ones that have not ended yet
  uint64_t next_number_ = 0;
  base::Alarm start_;   // set while something waits and may start
  base::Alarm expiry_;  // at the first deadline
};

}  // namespace gregale::executor
