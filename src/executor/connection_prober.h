#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/epoll_loop.h"
#include "base/limits.h"
#include "executor/byte_stream.h"
#include "executor/conversation.h"
#include "executor/dialer.h"
#include "executor/prober.h"

namespace gregale::executor {

// Probes that are a connection and a conversation each: TCP, HTTP, HTTPS, gRPC. A refused
// connection, an error, a hang, a reset or an answer that is not good is a failed probe that says
// so. The deadline is for all of it. At most `in_flight_max` at a time; the others wait, the
// nearest deadline first, and count as unsent when that passes. So do those for which there is no
// descriptor, or no port to where they go, until there is one. On the loop's thread; destroying
// closes every connection silently.
//
// Where the conversation says so, a connection that has given a good answer is kept for the same
// target's next probe, until the target closes it, asks for something else, or has not been probed
// for a while. If it turns out to be dead before an answer has begun, the probe begins again on a
// new connection: a target may close what is idle.
class ConnectionProber final : public Prober {
 public:
  struct Options {
    size_t in_flight_max = base::kConnectionProbesInFlightMax;
    std::vector<IpAddress> sources = {};  // see Dialer
  };
  // The loop and the listener outlive the prober.
  ConnectionProber(base::EventLoop& loop, ProbeListener& listener, Converse converse,
                   Options options);
  ConnectionProber(base::EventLoop& loop, ProbeListener& listener, Converse converse)
      : ConnectionProber(loop, listener, converse, Options()) {}
  ~ConnectionProber() override;

  void Probe(const ProbeRequest& request) override;
  void Poll() override;

 private:
  struct Waiting {
    ProbeId id;
    IpAddress address;
    base::MonoTime asked;
    absl::Duration interval;
    Conversation conversation;
  };
  struct Connection;
  // In order of deadlines; the number tells equal ones apart.
  using Key = std::pair<base::MonoTime, uint64_t>;
  using Queue = std::map<Key, Waiting>;
  using Destination = std::pair<IpAddress, uint16_t>;
  using TargetKey = std::pair<uint32_t, uint32_t>;  // slot and generation

  void StartWaiting();
  void Start(const Key& key, Waiting waiting);
  // On a new connection.
  void Dial(const Key& key, Waiting waiting);
  void Begin(const Key& key, std::unique_ptr<Connection> connection);
  // There was nothing to dial with.
  void Postpone(const Key& key, Waiting waiting, int error);
  // Sees to the first of those that wait for a port there; false: it goes on waiting, or there is
  // none.
  bool DialStarved(const Destination& to);
  void RetryStarved();
  static Destination DestinationOf(const Waiting& waiting);
  // The connection that is kept for a target; nullptr: none that will do.
  std::unique_ptr<Connection> TakeKept(const Waiting& waiting);
  void Keep(std::unique_ptr<Connection> connection);
  void DropOldKept();
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
  // Takes a connection out of those in flight.
  std::unique_ptr<Connection> Remove(const Connection& connection);
  void Expire();
  void AtDeadline(Connection& connection);
  void SetAlarms();

  base::EventLoop& loop_;
  ProbeListener& listener_;
  const Converse converse_;
  const size_t in_flight_max_;
  Dialer dialer_;
  Queue waiting_;
  std::map<Key, std::unique_ptr<Connection>> connections_;
  // Those that wait for a local port, by where they go: there, nobody overtakes them.
  std::map<Destination, Queue> starved_;
  std::map<TargetKey, std::unique_ptr<Connection>> kept_;
  base::MonoTime paused_until_;  // nothing is dialled before, for want of descriptors
  uint64_t next_number_ = 0;
  base::Alarm start_;      // set while something waits and may start
  base::Alarm expiry_;     // at the first deadline
  base::Alarm retry_;      // set while something is starved
  base::Alarm drop_kept_;  // set while something is kept
};

}  // namespace gregale::executor
