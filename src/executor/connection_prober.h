#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "base/epoll_loop.h"
#include "base/limits.h"
#include "executor/byte_stream.h"
#include "executor/conversation.h"
#include "executor/prober.h"

namespace gregale::executor {

// Probes that are a connection and a conversation each: TCP, HTTP, HTTPS, gRPC. A refused
// connection, an error, a hang, a reset or an answer that is not good is a failed probe that says
// so. The deadline is for all of it. At most `in_flight_max` at a time; the others wait, the
// nearest deadline first, and count as unsent when that passes. On the loop's thread; destroying
// closes every connection silently.
class ConnectionProber final : public Prober {
 public:
  // The loop and the listener outlive the prober.
  ConnectionProber(base::EventLoop& loop, ProbeListener& listener, Converse converse,
                   size_t in_flight_max = base::kConnectionProbesInFlightMax);
  ~ConnectionProber() override;

  void Probe(const ProbeRequest& request) override;
  void Poll() override;

 private:
  struct Waiting {
    ProbeId id;
    IpAddress address;
    base::MonoTime asked;
    Conversation conversation;
  };
  struct Connection;
  // In order of deadlines; the number tells equal ones apart.
  using Key = std::pair<base::MonoTime, uint64_t>;

  void StartWaiting();
  void Start(const Key& key, Waiting waiting);
  void OnReady(Connection& connection);
  // Does what can be done now; undecided: the probe goes on.
  Verdict Advance(Connection& connection);
  Verdict Connect(Connection& connection);
  Verdict Open(Connection& connection);
  Verdict Send(Connection& connection);
  Verdict Read(Connection& connection);
  // What a step that cannot go on waits for, or why it never will.
  Verdict Await(Connection& connection, const ByteStream::Result& result);
  // Ends the probe without a verdict.
  void GiveUp(Connection& connection, std::string_view reason);
  void Conclude(Connection& connection, const Verdict& verdict, base::MonoTime received);
  void Expire();
  void AtDeadline(Connection& connection);
  void SetAlarms();

  base::EventLoop& loop_;
  ProbeListener& listener_;
  const Converse converse_;
  const size_t in_flight_max_;
  std::map<Key, Waiting> waiting_;
  std::map<Key, std::unique_ptr<Connection>> connections_;
  uint64_t next_number_ = 0;
  base::Alarm start_;   // set while something waits and may start
  base::Alarm expiry_;  // at the first deadline
};

}  // namespace gregale::executor
