#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "absl/time/time.h"
#include "base/clock.h"
#include "executor/ip_address.h"
#include "policies/monitoring.h"

namespace gregale::executor {

// Names one probe of one target: its slot in the ProbeTable, which target has had the slot, and the
// number of the probe among the target's.
struct ProbeId {
  uint32_t slot = 0;
  uint32_t generation = 0;
  uint32_t sequence = 0;
};

// Hears what becomes of probes. Called on the loop, never inside Prober::Probe. An implementation
// may start and forget probes in these calls. Probes that nobody waits for any more are ignored.
class ProbeListener {
 public:
  virtual ~ProbeListener() = default;
  // The probe has left, at `when`; some kinds of probes do not tell.
  virtual void OnSent(const ProbeId& /*id*/, base::MonoTime /*when*/) {}
  // A good answer came from `from`, at `received`.
  virtual void OnAnswer(const ProbeId& id, const IpAddress& from, base::MonoTime received) = 0;
  // The probe has failed for `reason`; no answer follows.
  virtual void OnFailure(const ProbeId& id, std::string_view reason) = 0;
  // The network complains about the probe. Not an end: if no answer follows, this was why.
  virtual void OnComplaint(const ProbeId& id, std::string_view reason) = 0;
  // The probe could not be made for want of something on our side (buffers, ports, descriptors). It
  // says nothing about the target. It may be repeated sooner than the next one would come.
  virtual void OnUnsent(const ProbeId& id, std::string_view reason) = 0;
  // The probe was made and says nothing about the target. The next one comes in its time: where
  // time is what we lack, repeating would cost more of it.
  virtual void OnUnknown(const ProbeId& id, std::string_view reason) = 0;
  // What a check program has written, before what becomes of its probe.
  virtual void OnOutput(const ProbeId& id, std::string_view output) = 0;
  // Somebody waits for the probe.
  virtual bool IsWanted(const ProbeId& id) const = 0;
};

// One probe to be made.
struct ProbeRequest {
  ProbeId id;
  IpAddress address;
  const policies::MonitorParameters* parameters;  // only read during the call
  base::MonoTime deadline;                        // an answer after it does not count
};

// How much of a probe's time we may lose ourselves (because this process did not run, or lacked
// something) before the probe says nothing about the target any more.
inline absl::Duration OwnDelayMax(absl::Duration timeout) {
  return std::max(absl::Milliseconds(20), timeout / 4);
}

// Makes probes of one kind, any number at a time. On the loop's thread only. The real ones are
// IcmpProber, ConnectionProber and ExecProber.
class Prober {
 public:
  virtual ~Prober() = default;
  // Begins a probe. A probe that is not wanted any more when its turn comes is not sent.
  virtual void Probe(const ProbeRequest& request) = 0;
  // Tells the listener now what has arrived already: asked before a probe is judged lost, so that a
  // loop that was kept from running does not mistake its own delay for the target's.
  virtual void Poll() = 0;
};

}  // namespace gregale::executor
