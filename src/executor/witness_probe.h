#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/event_loop.h"
#include "executor/action.h"
#include "gregale/v1/monitor.pb.h"

namespace gregale::executor {

// One answer to VNFPolicyMonitorRPC.Probe: a monitor action that belongs to no VNF and runs until
// its target has answered or failed. Destroying it stops it silently. On the loop's thread.
class WitnessProbe final : private ActionHost {
 public:
  using Done = std::function<void(absl::StatusOr<v1::ProbeResponse>)>;
  // `done` is called once, on the loop, never inside this call, and may destroy the probe.
  // kInvalidArgument: the action or its input is wrong. `environment` outlives the probe.
  static absl::StatusOr<std::unique_ptr<WitnessProbe>> Start(const ActionEnvironment& environment,
                                                             const v1::ProbeRequest& request,
                                                             Done done);
  ~WitnessProbe() override;

 private:
  WitnessProbe(const ActionEnvironment& environment, Done done);

  std::string action_id() const override { return nobody_; }
  std::string vnf_id() const override { return nobody_; }
  uint64_t NextIncident() override { return 1; }
  bool Wants(v1::MonitorEvent::Kind kind) const override;
  void Publish(v1::MonitorEvent event) override;
  void End(absl::StatusOr<v1::ProbeResponse> answer);

  const std::string nobody_;
  const Done done_;
  const ProbeTable::Look look_;
  absl::StatusOr<v1::ProbeResponse> answer_;
  bool over_ = false;
  base::Alarm tell_;  // the answer, outside of the action's calls
  std::unique_ptr<Action> action_;
};

}  // namespace gregale::executor
