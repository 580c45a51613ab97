#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "executor/probe_table.h"
#include "executor/prober.h"

namespace gregale::executor {

// A network in simulated time: a Prober whose probes are answered as the test says, address by
// address. Keeps what was sent.
class FakeNetwork final : public Prober {
 public:
  struct Host {
    bool alive = true;
    absl::Duration latency = absl::Milliseconds(1);
    std::string refuses;    // not empty: probes fail at once with this reason
    std::string complaint;  // not empty: the network complains about each probe
    bool unsendable = false;
    bool says_nothing = false;  // probes end as unknown
  };
  struct Sent {
    base::MonoTime when;
    ProbeId id;
  };

  FakeNetwork(base::Scheduler& scheduler, ProbeListener& listener)
      : scheduler_(scheduler), listener_(listener) {}

  Host& At(const std::string& address) { return hosts_[address]; }
  const std::vector<Sent>& SentTo(const std::string& address) { return sent_[address]; }
  size_t CountSentTo(const std::string& address) { return sent_[address].size(); }

  void Probe(const ProbeRequest& request) override {
    const std::string text = request.address.ToText();
    const Host& host = hosts_[text];
    sent_[text].push_back({scheduler_.Now(), request.id});
    const ProbeId id = request.id;
    const IpAddress from = request.address;
    if (host.unsendable) {
      After(absl::ZeroDuration(), [this, id] { listener_.OnUnsent(id, "not sent: test"); });
      return;
    }
    if (host.says_nothing) {
      After(absl::ZeroDuration(), [this, id] {
        listener_.OnOutput(id, "hm");
        listener_.OnUnknown(id, "unknown: test");
      });
      return;
    }
    if (!host.refuses.empty()) {
      After(absl::ZeroDuration(),
            [this, id, reason = host.refuses] { listener_.OnFailure(id, reason); });
      return;
    }
    if (!host.complaint.empty()) {
      After(absl::ZeroDuration(),
            [this, id, reason = host.complaint] { listener_.OnComplaint(id, reason); });
    }
    if (!host.alive) return;
    After(host.latency, [this, id, from] { listener_.OnAnswer(id, from, scheduler_.Now()); });
  }
  void Poll() override {}

  // Says that a probe was answered now, whoever asks.
  void Answer(const ProbeId& id, const IpAddress& from) {
    listener_.OnAnswer(id, from, scheduler_.Now());
  }

 private:
  void After(absl::Duration delay, std::function<void()> what) {
    auto alarm = std::make_unique<base::Alarm>(scheduler_, std::move(what));
    alarm->SetAfter(delay);
    alarms_.push_back(std::move(alarm));
  }

  base::Scheduler& scheduler_;
  ProbeListener& listener_;
  std::map<std::string, Host> hosts_;
  std::map<std::string, std::vector<Sent>> sent_;
  std::vector<std::unique_ptr<base::Alarm>> alarms_;
};

}  // namespace gregale::executor
