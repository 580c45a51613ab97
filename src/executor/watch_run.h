#pragma once

#include <memory>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "executor/action_run.h"
#include "executor/monitor_action.h"
#include "executor/run.h"
#include "executor/short_time.h"
#include "executor/watch_plan.h"

namespace gregale::executor {

// The execution of a workflow that only watches (WatchPlan): its monitors and its input, without an
// engine. There may be a million of them, so it is small; what it shares with others is in the
// plan, and its input is kept as text. Behaves as an ActionRun of the same workflow does.
class WatchRun final : public Run, private ActionHost {
 public:
  // An error: the plan cannot be carried out like this, for the reason that an ActionRun knows how
  // to tell; nothing runs. `spec` has a plan.
  static absl::StatusOr<std::unique_ptr<WatchRun>> Start(const ActionEnvironment& environment,
                                                         RunObserver& observer,
                                                         const RunSpec& spec);

  RunHead head() const override { return {action_id_, owner_, false, version_}; }
  std::string vnf_id_text() const override { return vnf_id(); }
  base::Json input() const override;
  absl::Status SetInput(base::Json input) override;
  void set_version(uint64_t version) override { version_ = version; }
  void Halt() override;
  void Describe(v1::MonitorAction* out) const override;

 private:
  // The end of a run that ends by itself; told soon, outside of the monitors' calls.
  struct End {
    ActionOutcome outcome;
    base::Alarm tell;
  };

  WatchRun(const ActionEnvironment& environment, RunObserver& observer, const RunSpec& spec);

  std::string action_id() const override { return action_id_.ToText(); }
  std::string vnf_id() const override;
  uint64_t NextIncident() override { return ++incidents_; }
  bool Wants(v1::MonitorEvent::Kind kind) const override { return IsWanted(kind); }
  void Publish(v1::MonitorEvent event) override { Tell(std::move(event)); }

  void StartMonitors(const WatchPlan::Addresses& addresses, absl::Duration age);
  void KeepInput(const base::Json& input);
  void EndBy(ActionOutcome outcome);

  const std::shared_ptr<const WatchPlan> plan_;
  const base::Uuid action_id_;
  const base::Uuid vnf_id_;
  uint64_t version_;
  const int64_t started_;  // microseconds since 1970
  // JSON text that ends with '\0'; the VNF's id, which is in most inputs, is kOwnId in it.
  std::unique_ptr<char[]> input_;
  absl::InlinedVector<std::unique_ptr<MonitorAction>, 1> monitors_;  // in the order of the plan
  std::unique_ptr<End> end_;
  const RunOwner owner_;
  const bool has_vnf_;
};

}  // namespace gregale::executor
